"""Files that others wrote, through our readers and writers and back."""

from claims.x12.envelope import read_file
from claims.x12.rendering import line
from deployments.bench.x12_again import models_of, written


def test_every_file_of_the_corpus_is_read_written_and_read_alike(corpus_file, wrap):
    for transaction in read_file(corpus_file.read_bytes()).transactions:
        models = models_of(transaction)
        if models is None or transaction.version.startswith("004"):
            continue
        came = [line(*segment) for segment in transaction.segments[1:]]
        goes = written(transaction.type, models)
        (again,) = read_file(wrap(goes)).transactions
        assert models_of(again) == models
        assert again.claims == transaction.claims
        assert goes.lines == came
