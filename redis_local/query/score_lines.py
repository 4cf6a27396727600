"""The lines of EXPLAINSCORE, worded as Redis words them for each scorer, and what each is worth."""

from dataclasses import dataclass

_K1 = 1.2
_OLD_B, _B = 0.5, 0.75


@dataclass(frozen=True)
class Leaf:
    """What a document matched that has no parts.

    Attributes:
        count: how often it has the term; 1 for what is no term, 0 for what it must not have.
        term: None for what is no term, such as a range.
        everything: whether it is ``*``, which only BM25STD takes for a term.
    """

    weight: float
    count: int
    term: bytes | None = None
    idf: float = 1.0
    everything: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines for one document.

    Attributes:
        length: the document's, in words.
        mean_length: of all documents.
    """

    scorer: str
    length: int
    mean_length: float

    @property
    def _standard(self) -> bool:
        return self.scorer.startswith("BM25STD")

    def value(self, leaf: Leaf) -> float:
        """What a leaf adds to the score."""
        count, worth = leaf.count, leaf.weight * leaf.idf
        if self._standard:
            saturation = _K1 * (1 - _B + _B * self.length / self.mean_length) if self.mean_length else 1.0
            return 0.0 if leaf.term is None else worth * count * (_K1 + 1) / (count + saturation)
        if self.scorer == "DISMAX":
            return leaf.weight * count
        if self.scorer == "BM25":
            return worth * count / (count + _K1 * (1 - _OLD_B + _OLD_B * self.mean_length))
        return worth * count

    def leaf(self, leaf: Leaf) -> str:
        """The line of a leaf."""
        value, term = self.value(leaf), None if leaf.everything and not self._standard else leaf.term
        if self._standard:
            return self._standard_leaf(leaf, value)
        if self.scorer == "DISMAX":
            return f"DISMAX {value:.2f} = Weight {leaf.weight:.2f} * Frequency {leaf.count}"
        if self.scorer == "BM25":
            if not leaf.count:
                return "Frequency 0 -> value 0"
            idf = "" if term is None else f"IDF {leaf.idf:.2f} * "
            return (
                f"({value:.2f} = Weight {leaf.weight:.2f} * {idf}F {leaf.count} / (F {leaf.count} + k1 1.2 * "
                f"(1 - b 0.5 + b 0.5 * Average Len {self.mean_length:.2f})))"
            )
        if term is None:
            return f"(TFIDF {value:.2f} = Weight {leaf.weight:.2f} * Frequency {leaf.count})"
        return f"(TFIDF {value:.2f} = Weight {leaf.weight:.2f} * TF {leaf.count} * IDF {leaf.idf:.2f})"

    def _standard_leaf(self, leaf: Leaf, value: float) -> str:
        if leaf.term is None:
            return "Irrelevant token -> score is 0"
        return (
            f"{leaf.term.decode(errors='surrogateescape')}: ({value:.2f} = Weight {leaf.weight:.2f} * IDF {leaf.idf:.2f} * "
            f"(F {leaf.count:.2f} * (k1 1.2 + 1)) / (F {leaf.count:.2f} + k1 1.2 * (1 - b 0.75 + b 0.75 * Doc Len "
            f"{self.length} / Average Doc Len {self.mean_length:.2f})))"
        )

    def sum(self, weight: float, total: float) -> str:
        """The line over several parts."""
        if self.scorer == "DISMAX":
            return f"{weight * total:.2f} = Weight {weight:.2f} * children DISMAX {total:.2f}"
        what = "total children TFIDF" if self.scorer.startswith("TFIDF") else "children BM25"
        return f"(Weight {weight:.2f} * {what} {total:.2f})"

    def total(self, words: float, own: float) -> str:
        """The first line for BM25STD; ``own`` is the score that a document has by itself."""
        return f"Final BM25 : words BM25 {words:.2f} * document score {own:.2f}"

    def classic_total(self, words: float, own: float, norm: float, slop: float) -> str:
        """The first line for the older scorers."""
        if self.scorer == "BM25":
            return f"Final BM25 : words BM25 {words:.2f} * document score {own:.2f} / slop {slop:.0f}"
        return f"Final TFIDF : words TFIDF {words:.2f} * document score {own:.2f} / norm {norm:.0f} / slop {slop:.0f}"

    def normalised(self, score: float, highest: float) -> str:
        """The first line for BM25STD.NORM."""
        share = score / highest if highest > 0 else score
        return f"Final BM25STD.NORM: {share:.2f} = Original Score: {score:.2f} / Max Score: {highest:.2f}"

    def tangent(self, factor: int, score: float) -> str:
        """The first line for BM25STD.TANH."""
        return f"Final Normalized BM25 : tanh(stretch factor 1/{factor} * Final BM25 {score:.2f})"

    def alone(self, own: float) -> str:
        """The only line where words do not count."""
        if self.scorer == "HAMMING":
            return "Payloads provided to scorer vary in length"
        return f"Document's score is {own:.2f}"
