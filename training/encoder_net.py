"""The multi-task network: a BERT encoder with surface features; heads for tags, lemmas, sentences, syntax, names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn


@dataclass(frozen=True)
class Sizes:
    """Widths of the network and of its outputs."""

    pieces: int
    surfaces: int
    tag: int
    morph: int
    lemma: int
    dep: int
    ner: int
    hidden: int = 384
    layers: int = 6
    attention: int = 12
    inner: int = 1536
    positions: int = 320
    arc: int = 192
    rel: int = 96


class Layer(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.heads, self.size = s.attention, s.hidden // s.attention
        self.qkv = nn.Linear(s.hidden, 3 * s.hidden)
        self.out = nn.Linear(s.hidden, s.hidden)
        self.norm1 = nn.LayerNorm(s.hidden, eps=1e-12)
        self.up = nn.Linear(s.hidden, s.inner)
        self.down = nn.Linear(s.inner, s.hidden)
        self.norm2 = nn.LayerNorm(s.hidden, eps=1e-12)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).split(width, dim=-1)
        q = q.view(batch, length, self.heads, self.size).transpose(1, 2)
        k = k.view(batch, length, self.heads, self.size).permute(0, 2, 3, 1)
        v = v.view(batch, length, self.heads, self.size).transpose(1, 2)
        weights = torch.softmax(q @ k * self.size**-0.5 + bias, dim=-1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, length, width)
        x = self.norm1(x + self.drop(self.out(mixed)))
        return self.norm2(x + self.drop(self.down(nn.functional.gelu(self.up(x)))))


class Mix(nn.Module):
    """A learned weighting of the upper layers, one for each task."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        weights = torch.zeros(layers)
        weights[-1] = 1.5
        self.weights = nn.Parameter(weights)

    def forward(self, layers: list[Tensor]) -> Tensor:
        share = torch.softmax(self.weights, dim=0)
        total = layers[0] * share[0]
        for at in range(1, len(layers)):
            total = total + layers[at] * share[at]
        return total


class Network(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.sizes = s
        self.word = nn.Embedding(s.pieces, s.hidden)
        self.position = nn.Embedding(s.positions, s.hidden)
        self.surface = nn.Embedding(s.surfaces, s.hidden)
        self.norm = nn.LayerNorm(s.hidden, eps=1e-12)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.mixes = nn.ModuleDict({name: Mix(s.layers // 2 + 1) for name in ("tags", "syntax", "ner")})
        self.drop, self.drop3 = nn.Dropout(0.1), nn.Dropout(0.3)
        self.tags = nn.Sequential(
            nn.Linear(s.hidden, 256), nn.GELU(), nn.Dropout(0.2), nn.Linear(256, s.tag + s.morph + s.lemma)
        )
        self.start = nn.Linear(s.hidden, 1)
        self.ner = nn.Sequential(nn.Linear(s.hidden, 256), nn.GELU(), nn.Dropout(0.2), nn.Linear(256, s.ner))
        self.arc_dep = nn.Linear(s.hidden, s.arc)
        self.arc_head = nn.Linear(s.hidden, s.arc)
        self.arc = nn.Linear(s.arc, s.arc, bias=False)
        self.arc_bias = nn.Linear(s.arc, 1, bias=False)
        self.rel_dep = nn.Linear(s.hidden, s.rel)
        self.rel_head = nn.Linear(s.hidden, s.rel)
        self.rel = nn.Parameter(torch.randn(s.dep, s.rel + 1, s.rel + 1) * 0.02)
        nn.init.zeros_(self.surface.weight)
        nn.init.eye_(self.arc.weight)

    def load_minilm(self, folder: Path, kept: list[int]) -> None:
        """Starts from MiniLM's weights; row i of the embedding is piece `kept[i]` of its vocabulary."""
        w = load_file(folder / "model.safetensors")
        w = {key.removeprefix("bert."): value for key, value in w.items()}
        copy = {
            "word.weight": w["embeddings.word_embeddings.weight"][kept],
            "position.weight": w["embeddings.position_embeddings.weight"][: self.sizes.positions]
            + w["embeddings.token_type_embeddings.weight"][0],
            "norm.weight": w["embeddings.LayerNorm.weight"],
            "norm.bias": w["embeddings.LayerNorm.bias"],
        }
        names = {
            "out": "attention.output.dense",
            "norm1": "attention.output.LayerNorm",
            "up": "intermediate.dense",
            "down": "output.dense",
            "norm2": "output.LayerNorm",
        }
        for at in range(self.sizes.layers):
            for part in ("weight", "bias"):
                base = f"encoder.layer.{at}."
                copy[f"layers.{at}.qkv.{part}"] = torch.cat(
                    [w[f"{base}attention.self.{n}.{part}"] for n in ("query", "key", "value")]
                )
                for mine, theirs in names.items():
                    copy[f"layers.{at}.{mine}.{part}"] = w[f"{base}{theirs}.{part}"]
        _, unexpected = self.load_state_dict(copy, strict=False)
        assert not unexpected, unexpected

    def forward(self, pieces: Tensor, surface: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, ...]:
        """Outputs for each word, the window's start being word 0: tags|morphs|lemmas, start, names, arcs, two vectors.

        `pieces` and `surface` are [batch, pieces], padded with -1, `first` and `last` [batch, words], padded with 0.
        """
        live = pieces >= 0
        bias = ((~live).to(torch.float32) * -1e4)[:, None, None, :]
        places = torch.arange(pieces.shape[1], device=pieces.device)
        x = self.word(pieces.clamp(min=0)) + self.position(places)[None] + self.surface(surface.clamp(min=0))
        x = self.drop(self.norm(x))
        layers = [x]
        for layer in self.layers:
            x = layer(x, bias)
            layers.append(x)
        upper = layers[-(self.sizes.layers // 2 + 1) :]
        tags, syntax, ner = (self._words(self.mixes[name](upper), first, last) for name in ("tags", "syntax", "ner"))
        arc_dep = self.drop3(nn.functional.gelu(self.arc_dep(syntax)))
        arc_head = self.drop3(nn.functional.gelu(self.arc_head(syntax)))
        arcs = self.arc(arc_dep) @ arc_head.transpose(1, 2) + self.arc_bias(arc_head).transpose(1, 2)
        rel_dep = self.drop3(nn.functional.gelu(self.rel_dep(syntax)))
        rel_head = self.drop3(nn.functional.gelu(self.rel_head(syntax)))
        return self.tags(tags), self.start(syntax).squeeze(-1), self.ner(ner), arcs, rel_dep, rel_head

    def _words(self, x: Tensor, first: Tensor, last: Tensor) -> Tensor:
        width = x.shape[-1]
        one = torch.gather(x, 1, first[:, :, None].expand(-1, -1, width))
        two = torch.gather(x, 1, last[:, :, None].expand(-1, -1, width))
        return self.drop((one + two) * 0.5)

    def labels(self, rel_dep: Tensor, rel_head: Tensor) -> Tensor:
        """Scores of the dependency labels for aligned rows of dependents and their heads: [n, labels]."""
        one = torch.ones_like(rel_dep[:, :1])
        dep, head = torch.cat([rel_dep, one], 1), torch.cat([rel_head, one], 1)
        size, labels = dep.shape[1], self.sizes.dep
        left = (dep @ self.rel.permute(1, 0, 2).reshape(size, -1)).view(-1, labels, size)
        return torch.einsum("nlh,nh->nl", left, head)
