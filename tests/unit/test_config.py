from pathlib import Path

import pytest

from synthspark.config import load_settings, parse_settings
from synthspark.errors import ConfigError

LEAST = "source: {path: in}\noutput: {path: out}\n"


def test_defaults_need_only_source_and_output():
    settings = parse_settings(LEAST)
    assert (settings.seed, settings.scale, settings.fit.engine) == (0, 1.0, "auto")
    assert settings.tracking is not None and settings.tracking.uri == "sqlite:///mlflow.db"


def test_every_fault_is_told_at_once_with_the_nearest_key():
    text = LEAST + "sed: 1\nfit: {engin: trees, shard_rows: 3}\noutput_: x\n"
    with pytest.raises(ConfigError) as fault:
        parse_settings(text, "conf/a.yaml")
    message = str(fault.value)
    assert "conf/a.yaml: sed: unknown key; the nearest known key is 'seed'" in message
    assert "fit.engin: unknown key; the nearest known key is 'engine'" in message
    assert "fit.shard_rows: found 3; expected at least 100" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed: x", "seed: found 'x'; expected int"),
        ("seed: true", "seed: found True; expected int"),
        ("scale: 0", "scale: found 0.0; expected 0.001 to 1000"),
        ("scale: {customer: 5000}", "scale: found 5000.0; expected 0.001 to 1000"),
        ("source: 3", "source: found 3; expected a section with format, path"),
        ("source: {format: parket, path: a}", "source.format: found 'parket'.*the nearest is 'parquet'"),
        ("tables: {a: {role: copy}}", "tables.a.role: found 'copy'; expected one of synthesize, reference, skip"),
        (
            "tables: {a: {foreign_keys: [{column: [b], references: c}]}}",
            r"tables\.a\.foreign_keys\[0\]\.column: unknown key; the nearest known key is 'columns'",
        ),
        ("tables: {a: {foreign_keys: [{columns: [b]}]}}", r"tables\.a\.foreign_keys\[0\]: columns or references is m"),
        ("tables: {a: {foreign_keys: {columns: [b]}}}", r"tables\.a\.foreign_keys: found a dict; expected a list"),
        ("discover: {declared: no}", "discover.declared: found False; expected str"),
        ("tables: [a]", "tables: found a list; expected a mapping"),
        ("- a", "found list; expected a mapping"),
        ("seed: [", "line 1.*expected valid YAML"),
    ],
)
def test_a_bad_value_is_told_with_its_place(text, told):
    with pytest.raises(ConfigError, match=told):
        parse_settings(text if text.startswith(("source", "-", "seed: [")) else LEAST + text)


def test_missing_source_and_output_are_told_together():
    with pytest.raises(ConfigError, match=r"source\.path: missing(.|\n)*output\.path: missing"):
        parse_settings("")


def test_overrides_reach_nested_keys_as_yaml():
    settings = parse_settings(
        LEAST, overrides=["tables.loan.role=skip", "scale={loan: 2}", "tracking=null", "fit.engine=copula"]
    )
    assert settings.tables["loan"].role == "skip"
    assert settings.scale_of("loan") == 2.0 and settings.scale_of("card") == 1.0
    assert settings.tracking is None and settings.fit.engine == "copula"


@pytest.mark.parametrize("override", ["seed", "=3", "seed.x=3"])
def test_a_malformed_override_is_told(override):
    with pytest.raises(ConfigError, match="--set"):
        parse_settings(LEAST + "seed: 1\n", overrides=[override])


def test_a_missing_file_names_the_command_that_writes_one(tmp_path):
    with pytest.raises(ConfigError, match="synthspark init"):
        load_settings(tmp_path / "none.yaml")


def test_the_example_config_is_valid():
    settings = load_settings(Path(__file__).parents[2] / "conf" / "run.yaml")
    assert settings.source.path == "data/berka"
