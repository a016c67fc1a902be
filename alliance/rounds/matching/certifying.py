"""The certificate of a run: inputs by pseudonym, cutoffs and outcome in one file that anybody can
check (`alliance verify`)."""

from __future__ import annotations

import zlib

import msgspec

from alliance.rounds.matching.scoring import ties_of
from alliance.rounds.matching.solving import Outcome
from alliance.rounds.matching.wishes import Inputs
from ml.matching.checks.certificate import Named, certificate
from ml.matching.checks.package import package


def sealed(inputs: Inputs, outcome: Outcome) -> bytes:
    """The package of a run, compressed JSON: pseudonyms and ids of posts and hosts, never a
    name."""
    offer, solved = inputs.offer, outcome.solved
    nodes = [
        *(f"post:{post['id']}" for post in offer.posts),
        *(f"host:{host}" for host in offer.hosts),
        *(f"kind:{host}:{occupation}" for host, occupation in offer.kinds),
    ]
    named = Named([student["pseudonym"] for student in inputs.students], nodes, solved.tree)
    # those of the run that it goes on from, in no order, after its own in the order of closing
    closed = [*solved.shut, *sorted(outcome.shut.difference(solved.shut))]
    told = certificate(
        named,
        solved.outcome,
        inputs.round["seed"],
        [nodes[at] for at in closed],
        chains=solved.way == "chains",
    )
    return zlib.compress(msgspec.json.encode(package(named, told, ties_of(len(named.students)))))


def opened(content: bytes) -> bytes:
    """The JSON of a sealed package."""
    return zlib.decompress(content)
