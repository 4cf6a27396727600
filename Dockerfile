# One image for the indexer and the web app; docker-compose.yml says which runs.
FROM python:3.12-slim

WORKDIR /app
RUN useradd --create-home --uid 1000 app && mkdir /cache && chown app /cache
COPY requirements.txt .
# a further index, for torch without CUDA (docs/platforms.md): docker build --build-arg PIP_EXTRA_INDEX_URL=… .
ARG PIP_EXTRA_INDEX_URL
RUN pip install --no-cache-dir -r requirements.txt
COPY profilesearch profilesearch
COPY indexer indexer
COPY webapp webapp

USER app
ENV PYTHONUNBUFFERED=1 PROFILESEARCH_CACHE=/cache
VOLUME /cache
EXPOSE 8000
# Asks nobody who they are: to run it, set ALLOW_ANONYMOUS=1 and publish the port to loopback or a proxy with a login.
CMD ["python", "-m", "webapp", "--host", "0.0.0.0"]
