"""What is in Redis, for people."""

from datetime import UTC, datetime

from profilesearch.store import Store


def describe(store: Store) -> str:
    """The live version and its clusters, one line each.

    Raises:
        NoLiveVersion: nothing has been published.
    """
    record = store.live()
    clusters = store.clusters(record)
    built = datetime.fromtimestamp(record.built_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        f"live       {record.version}, built {built} from {record.source}",
        f"profiles   {record.profiles:,}",
        f"model      {record.model} ({record.fingerprint}), {record.vectors.dimension} dimensions",
        f"index      {record.vectors.algorithm}, {record.vectors.metric}",
        "clusters",
        *(
            f"  {number:3}  {size:7,}  {label}"
            for number, (size, label) in enumerate(zip(clusters.sizes, clusters.labels, strict=True))
        ),
    ]
    return "\n".join(lines)
