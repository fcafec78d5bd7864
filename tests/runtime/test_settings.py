"""Settings from the environment, and what is said of wrong ones."""

import re
from collections import Counter
from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsWrong, load, variable
from runtime.settings.values import LogLevel

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No variables of this machine, and no .env of this folder."""
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_nothing_needs_to_be_set() -> None:
    settings = load()

    assert settings.model_dump() == Settings().model_dump()
    assert settings.warnings == ()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.model_url == "builtin:"
    assert settings.body_limit == 1_048_576


def test_the_environment_wins_over_the_file(bare: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ERYAO_PORT=1\nERYAO_MODEL=from-file\n", encoding="utf-8")
    bare.setenv("ERYAO_PORT", "2")

    assert (load().port, load().model) == (2, "from-file")


def test_lists_are_separated_by_commas(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("ERYAO_ALLOWED_ORIGINS", "https://a.example, http://localhost:3000 ,")
    bare.setenv("ERYAO_FORWARDED_ALLOW_IPS", "10.0.0.1,10.0.0.2")

    assert load().allowed_origins == ("https://a.example", "http://localhost:3000")
    assert load().forwarded_allow_ips == ("10.0.0.1", "10.0.0.2")


def test_the_log_level_may_be_written_small(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("ERYAO_LOG_LEVEL", "debug")

    assert load().log_level is LogLevel.DEBUG


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "abc", "ERYAO_PORT cannot be 'abc': it should be a valid integer."),
        ("PORT", "70000", "ERYAO_PORT cannot be '70000': it should be less than or equal"),
        ("SESSION_USER_MESSAGES", "0", "ERYAO_SESSION_USER_MESSAGES cannot be '0'"),
        ("LOG_LEVEL", "loud", "ERYAO_LOG_LEVEL cannot be"),
        ("ALLOWED_ORIGINS", "https://a.example/path", "must look like https://app"),
        ("ALLOWED_ORIGINS", "*", "must look like https://app"),
        ("MODEL_URL", "ftp://x", "ERYAO_MODEL_URL cannot be used: it must be empty or begin"),
        ("MODEL_URL", "", "ERYAO_MODEL_URL cannot be used"),
        ("DATABASE_URL", "mysql://x", "begin with sqlite:///, postgresql://"),
    ],
)
def test_a_wrong_variable_gets_a_sentence(
    bare: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    bare.setenv(f"ERYAO_{name}", value)

    with pytest.raises(SettingsWrong) as wrong:
        load()

    assert len(wrong.value.sentences) == 1
    assert said in wrong.value.sentences[0]


def test_every_wrong_variable_gets_its_own_sentence(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("ERYAO_PORT", "abc")
    bare.setenv("ERYAO_FLUSH_MS", "-1")

    with pytest.raises(SettingsWrong) as wrong:
        load()

    assert len(wrong.value.sentences) == 2


def test_passwords_in_urls_are_not_repeated(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("ERYAO_REDIS_URL", "reddis://:CANARY@host")

    with pytest.raises(SettingsWrong) as wrong:
        load()

    assert "CANARY" not in str(wrong.value)


def test_keys_do_not_show_in_what_is_printed() -> None:
    settings = Settings.model_validate({"secret_key": "CANARY", "model_api_key": "CANARY"})

    assert "CANARY" not in repr(settings)


def test_an_unknown_variable_is_a_warning_with_the_nearest_name(
    bare: pytest.MonkeyPatch,
) -> None:
    bare.setenv("ERYAO_PROT", "1")
    Path(".env").write_text("ERYAO_ZZZZ=1\n", encoding="utf-8")

    assert load().warnings == (
        "ERYAO_PROT is not a setting of this server and has no effect; did you mean ERYAO_PORT?",
        "ERYAO_ZZZZ is not a setting of this server and has no effect.",
    )


def test_every_setting_has_its_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_every_setting_is_read_by_somebody() -> None:
    """A knob that turns nothing is a promise that is not kept."""
    sources = [path.read_text() for path in (ROOT / "runtime").rglob("*.py")]
    words = Counter(word for source in sources for word in re.findall(r"\w+", source))

    unread = [field for field in Settings.model_fields if words[field] < 2]

    assert unread == []
