"""Exact tests for shares, which hold for small numbers too, and how many of several to believe.

One-sided throughout: is this share higher than it should be? Fisher's exact test (a hypergeometric tail)
against the rest of the practice, a binomial tail against a benchmark, Benjamini and Hochberg (1995) over all
that were asked together, Wilson's interval (1927) for what is shown.
"""

from collections.abc import Sequence
from math import exp, inf, lgamma, log, log1p, sqrt

Z95 = 1.959963984540054


def binomial_tail(hits: int, of: int, share: float) -> float:
    """The probability of ``hits`` or more out of ``of`` where each is one with probability ``share``."""
    if hits <= 0:
        return 1.0
    if share <= 0 or share >= 1:
        return float(share >= 1)
    terms = (_choose(of, k) + k * log(share) + (of - k) * log1p(-share) for k in range(hits, of + 1))
    return min(1.0, sum(exp(term) for term in terms))


def fisher_tail(hits: int, of: int, all_hits: int, everything: int) -> float:
    """The probability of ``hits`` or more when ``of`` are drawn from ``everything`` with ``all_hits``."""
    whole = _choose(everything, of)
    terms = (
        _choose(all_hits, k) + _choose(everything - all_hits, of - k) - whole
        for k in range(hits, min(of, all_hits) + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def believable(chances: Sequence[float], false_share: float) -> list[bool]:
    """Which of the chances to believe, so that of those no more than ``false_share`` are false on average."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    last = 0
    for rank, place in enumerate(order, 1):
        if chances[place] <= false_share * rank / len(chances):
            last = rank
    chosen = set(order[:last])
    return [place in chosen for place in range(len(chances))]


def interval(hits: int, of: int) -> tuple[float, float]:
    """Where the true share lies, in 95 of 100 cases."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, Z95 * Z95
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def _choose(of: int, some: int) -> float:
    """The logarithm of a binomial coefficient."""
    if not 0 <= some <= of:
        return -inf
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)
