"""What the environment says, and what of it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance.settings import Settings, read_settings


def read(home: Path, **values: str) -> Settings:
    return read_settings(
        {
            "ALLIANCE_HOME": str(home),
            **{f"ALLIANCE_{name}": value for name, value in values.items()},
        }
    )


def test_a_machine_of_ones_own_answers_under_its_own_names(tmp_path: Path) -> None:
    found = read(tmp_path, PORT="8080")
    assert found.base == "http://127.0.0.1:8080"
    assert set(found.hosts) == {"127.0.0.1", "localhost", "::1"}
    assert not found.secure_cookies


def test_a_deployment_answers_under_the_name_of_its_address_and_those_named_besides(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        HOST="0.0.0.0",
        BASE="https://Hub.example.cn/",
        ALLOWED_HOSTS="hub.county.gov, 10.0.0.7",
    )
    assert found.base == "https://Hub.example.cn"
    assert found.hosts == ("hub.example.cn", "hub.county.gov", "10.0.0.7")
    assert found.secure_cookies, "behind https nothing else has to be said"


@pytest.mark.parametrize(
    "address",
    [
        "hub.example.cn",
        "ftp://hub.example.cn",
        "https://",
        "https://hub.example.cn/below",
        "https://a@b",
    ],
)
def test_an_address_that_is_none_is_refused_at_start(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="ALLIANCE_BASE"):
        read(tmp_path, BASE=address)


def test_who_listens_everywhere_says_under_which_address(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ALLIANCE_BASE"):
        read(tmp_path, HOST="0.0.0.0")
