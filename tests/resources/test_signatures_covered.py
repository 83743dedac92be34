"""What opens a document is covered in a report of signatures, and nothing else in it changes."""

import json

import pytest

from service.signatures import covered


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (rb'{"token":"a\"b\u00e9","name":"token"}', rb'{"token":"XXXXXXXXXX","name":"token"}'),
        (b'{"tokens" : ["ab", "c"], "id": 7}', b'{"tokens" : ["XX", "X"], "id": 7}'),
        (b'{"token":null,"name":"Kim"}', b'{"token":null,"name":"Kim"}'),
        (rb'{"url":"https:\/\/x.example\/s\/a"}', rb'{"url":"https:\/\/x.exampleXXXXXX"}'),
        (rb'{"a":"HTTPS://x.example/b\"c, so","d":"x.y/z"}', rb'{"a":"HTTPS://x.exampleXXXXXX so","d":"x.y/z"}'),
        (b'{"a":"http://x.example"}', b'{"a":"http://x.example"}'),
    ],
)  # fmt: skip
def test_what_is_covered_leaves_the_rest_as_it_came(raw: bytes, kept: bytes) -> None:
    assert covered(raw) == kept
    json.loads(kept)
