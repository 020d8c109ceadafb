"""Boolean minimisation in whole numbers: prime implicants, and all smallest choices of them that cover a function.

A combination of k conditions is a number of k bits, the first condition in the highest. Nothing here knows what a case is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Term = tuple[int, int]  # (mask of conditions that count, their values)


def prime_implicants(minterms: Sequence[int], k: int) -> list[Term]:
    """Terms that imply the function and can lose no condition, as `(mask, values)`; Quine-McCluskey."""
    full = (1 << k) - 1
    terms: set[Term] = {(full, minterm) for minterm in minterms}
    primes: set[Term] = set()
    while terms:
        shorter, used = set(), set()
        for mask, values in terms:
            for bit in (1 << place for place in range(k)):
                if mask & bit and (mask, values ^ bit) in terms:
                    shorter.add((mask & ~bit, values & ~bit))
                    used.add((mask, values))
        primes |= terms - used
        terms = shorter
    return sorted(primes, key=lambda term: (term[0].bit_count(), -term[0], -term[1]))


def smallest_covers(primes: Sequence[Term], minterms: Sequence[int]) -> list[tuple[Term, ...]]:
    """Every choice of as few terms as possible that covers all minterms."""
    chart = {m: [t for t in primes if m & t[0] == t[1]] for m in minterms}

    def search(
        left: frozenset[int], chosen: frozenset[Term], size: int
    ) -> Iterator[frozenset[Term]]:
        if not left:
            yield chosen
        elif len(chosen) < size:
            hardest = min(left, key=lambda m: (len(chart[m]), m))
            for term in chart[hardest]:
                rest = frozenset(m for m in left if m & term[0] != term[1])
                yield from search(rest, chosen | {term}, size)

    for size in range(1, len(minterms) + 1):
        covers = set(search(frozenset(minterms), frozenset(), size))
        if covers:
            order = {term: place for place, term in enumerate(primes)}
            ordered = [tuple(sorted(cover, key=order.__getitem__)) for cover in covers]
            return sorted(ordered, key=lambda cover: [order[term] for term in cover])
    return []
