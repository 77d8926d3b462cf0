"""Dependency trees from arc scores: the best spanning tree with one root (Chu and Liu 1965, Edmonds 1967)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Heads = NDArray[np.int64]
NEVER = np.float32(-1e9)


def best_tree(scores: Scores) -> Heads:
    """Heads of the n words of a sentence: the index of another word, or the word's own for the root.

    `scores[i, j]` is for word j - 1 as the head of word i; column 0 is for i as the root. There is exactly one root.
    """
    count = len(scores)
    if count == 1:
        return np.zeros(1, dtype=np.int64)
    scores = (
        scores
        - np.log(np.exp(scores - scores.max(1, keepdims=True)).sum(1, keepdims=True))
        - scores.max(1, keepdims=True)
    )
    scores[np.arange(count), np.arange(1, count + 1)] = NEVER
    root = int(np.argmax(scores[:, 0] - scores[:, 1:].max(1)))
    scores[:, 0] = NEVER
    scores[root] = NEVER
    scores[root, 0] = 0
    full = np.full((count + 1, count + 1), NEVER, dtype=np.float32)
    full[1:] = scores
    heads: Heads = _edmonds(full)[1:] - 1
    heads[root] = root
    return heads


def _edmonds(scores: Scores) -> Heads:
    """The best head of every node of a graph rooted at node 0; `scores[i, j]` is for the arc from j to i."""
    heads: Heads = scores.argmax(1)
    heads[0] = 0
    cycle = _cycle(heads)
    if not len(cycle):
        return heads
    inside = np.zeros(len(scores), dtype=bool)
    inside[cycle] = True
    outside = np.flatnonzero(~inside)
    kept = scores[cycle, heads[cycle]]
    # The cycle becomes the last node of a smaller graph: entering it at one word gives up that word's arc.
    small = np.full((len(outside) + 1, len(outside) + 1), NEVER, dtype=np.float32)
    small[:-1, :-1] = scores[np.ix_(outside, outside)]
    entering = scores[np.ix_(cycle, outside)] - kept[:, None]
    enter_at = entering.argmax(0)
    small[-1, :-1] = entering.max(0)
    leaving = scores[np.ix_(outside, cycle)]
    leave_at = leaving.argmax(1)
    small[:-1, -1] = leaving.max(1)
    solved = _edmonds(small)
    for at, node in enumerate(outside):
        if node:
            heads[node] = cycle[leave_at[at]] if solved[at] == len(outside) else outside[solved[at]]
    entry = solved[-1]
    heads[cycle[enter_at[entry]]] = outside[entry]
    return heads


def _cycle(heads: Heads) -> Heads:
    """The nodes of one cycle of a head array rooted at 0; empty when it is a tree."""
    state = [0] * len(heads)  # 0 new, 1 on the present path, 2 known to reach the root
    state[0] = 2
    parents = heads.tolist()
    for start in range(1, len(parents)):
        path = []
        node = start
        while state[node] == 0:
            state[node] = 1
            path.append(node)
            node = parents[node]
        if state[node] == 1:
            return np.array(path[path.index(node) :], dtype=np.int64)
        for seen in path:
            state[seen] = 2
    return np.zeros(0, dtype=np.int64)
