"""Why one person was found."""

from collections.abc import Sequence

import numpy as np
import pytest

from profilesearch.embedding.encoder import Progress
from profilesearch.row import Row
from profilesearch.search.evidence import MOST_SENTENCES, find_evidence
from profilesearch.search.pipeline import QUESTION, SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.store import Store
from tests.profilesearch.search.small_version import EYE, Told, near, publish


class Sentences(Told):
    """Knows how near each sentence is."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        assert len(texts) <= MOST_SENTENCES
        return np.stack([self.vectors.get(text, EYE[3]) for text in texts])


def test_the_sentences_that_carry_the_meaning(store: Store) -> None:
    text = "I bake bread. I ran Kafka for a bank. I ran Kafka for a bank. Later I led a team. I swim."
    encoder = Sentences({"I ran Kafka for a bank.": near(first=0.9), "Later I led a team.": near(first=0.5)})
    publish(store, [(Row("p", "engineer", text), 0, near(first=0.7))])
    searches = SearchPipeline(encoder, store)
    plan = searches.run(QUESTION, SearchRequest("kafka streams")).plan
    hit, _ = store.profiles.one(plan.snapshot.version, "p")
    found = find_evidence(searches.tools, plan, hit)
    assert [sentence.text for sentence in found.sentences[:2]] == ["I ran Kafka for a bank.", "Later I led a team."]
    assert found.sentences[0].similarity == pytest.approx(0.9, abs=1e-5) and len(found.sentences) == 3
