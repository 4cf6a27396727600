"""Labels as files: TREC qrels with their queries, and the JSON Lines that FlagEmbedding and sentence-transformers read."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from more_itertools import chunked

from profilesearch.errors import SourceError
from profilesearch.labels import Label, LabelOrigin
from profilesearch.store import Candidate, Store, VersionRecord

from ..evaluate.tasks import load_task
from ..train.examples import Example, read_examples, write_lines

_READ_AT_ONCE = 1000


def read_labels(path: Path, queries: Path | None) -> list[Label]:
    """Labels of qrels with a file of queries, or, without one, of examples: pos fits, neg does not.

    An example's group is the id of the profile whose text its first positive is.

    Raises:
        SourceError: a file cannot be read, or a line is not what it should be; names file and line.
    """
    if queries is not None:
        task = load_task(queries, path)
        return [
            Label(task.queries[query], grade, profile_id=id_)
            for query, judged in task.judged.items()
            for id_, grade in judged.items()
        ]
    labels = []
    for example in read_examples(path):
        labels += [
            Label(example.query, 1, example.group if not place else "", text)
            for place, text in enumerate(example.positives)
        ]
        labels += [Label(example.query, 0, text=text) for text in example.negatives]
    return labels


def examples_of(labels: Iterable[Label], texts: Mapping[str, str]) -> Iterator[Example]:
    """An example for each query and person that fits, with all that does not fit the query; in order of the queries.

    Args:
        labels: judgements.
        texts: of profiles by id; labels of profiles that are not there, and have no text, are left out.
    """
    fitting: dict[str, dict[str, str]] = {}
    misfits: dict[str, list[str]] = {}
    for label in labels:
        if not (text := texts.get(label.profile_id) or label.text):
            continue
        if label.relevant:
            fitting.setdefault(label.query, {})[label.profile_id or text] = text
        else:
            misfits.setdefault(label.query, []).append(text)
    for query in sorted(fitting):
        people = fitting[query]
        negatives = tuple(dict.fromkeys(text for text in misfits.get(query, ()) if text not in people.values()))
        for group in sorted(people):
            yield Example(query, (people[group],), negatives, group)


def texts_of(store: Store, version: VersionRecord, ids: Iterable[str]) -> dict[str, str]:
    """The texts of profiles of a version, by id; those that are gone are not among them."""
    present = set(store.profiles.ids(version))
    wanted = sorted({id_ for id_ in ids if id_ in present})
    found = {}
    for some in chunked(wanted, _READ_AT_ONCE):
        for hit in store.profiles.read(version, [Candidate(id_, 0.0) for id_ in some]):
            found[hit.id] = hit.text
    return found


def write_qrels(labels: Sequence[Label], qrels: Path, queries: Path) -> int:
    """Write TREC qrels, and the queries as JSON Lines with id and text; how many judgements.

    Labels of a text without a profile have no place in qrels and are left out.

    Raises:
        SourceError: an id has a space, which qrels cannot have.
    """
    judged = [label for label in labels if label.profile_id]
    numbers = {query: f"q{number}" for number, query in enumerate(sorted({label.query for label in judged}), 1)}
    if spaced := next((label.profile_id for label in judged if len(label.profile_id.split()) != 1), None):
        raise SourceError(f"the id {spaced!r} has a space, which TREC qrels cannot have: export examples instead")
    rows = sorted((numbers[label.query], label.profile_id, label.grade) for label in judged)
    write_lines(qrels, (f"{query} 0 {id_} {grade}" for query, id_, grade in rows))
    write_lines(queries, (json.dumps({"id": id_, "text": text}, ensure_ascii=False) for text, id_ in numbers.items()))
    return len(rows)


def synthetic(
    store: Store, version: VersionRecord, make: Callable[[str, str, str], str], amount: int
) -> Iterator[Label]:
    """Labels that nobody gave: a query made of a profile fits that profile. They are marked as synthetic.

    Args:
        store: where the profiles are.
        version: the version they are taken from.
        make: the query of a profile's id, headline and text; empty for none.
        amount: how many profiles are taken, evenly from all.
    """
    ids = sorted(store.profiles.ids(version))
    for some in chunked(ids[:: max(1, len(ids) // amount)][:amount], _READ_AT_ONCE):
        for hit in store.profiles.read(version, [Candidate(id_, 0.0) for id_ in some]):
            if query := make(hit.id, hit.title, hit.text):
                yield Label(
                    query, 1, hit.id, labeller="synthetic", version=version.version, origin=LabelOrigin.SYNTHETIC
                )
