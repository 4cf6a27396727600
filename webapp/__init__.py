"""The web app: a search page for people, a JSON API for programs.

``create_app`` in ``app`` puts it together; ``pages`` and ``api`` are its two blueprints.
"""
