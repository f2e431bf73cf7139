"""A synthetic database that is simply there, judged on the command line, and two reports compared."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthspark.cli.main import main

KEYS = """
tables: {client: {primary_key: [id], columns: {name: {semantic: full_name}}}, loan: {primary_key: [id]}}
foreign_keys: [{child: loan, child_columns: [client], parent: client, parent_columns: [id]}]
"""


def write(folder, seed, n_clients=300, first=0):
    draw = np.random.default_rng(seed)
    age = draw.integers(18, 80, n_clients)
    owner = np.repeat(np.arange(n_clients), draw.integers(0, 4, n_clients))
    names = [f"person {seed} {number}" for number in range(n_clients)]
    tables = {
        "client": {"id": np.arange(n_clients) + first, "name": names, "age": age},
        "loan": {
            "id": np.arange(owner.size) + first,
            "client": owner + first,
            "amount": age[owner] * 10.0 + draw.normal(size=owner.size),
        },
    }
    folder.mkdir()
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("judging")
    write(place / "real", 1)
    write(place / "synthetic", 2)
    write(place / "held", 3, 150, 10_000)
    (place / "keys.yaml").write_text(KEYS)
    return place


@pytest.mark.usefixtures("spark")
def test_folders_are_judged_and_two_reports_compared(folders, capsys):
    common = ["evaluate", "--real", f"{folders}/real", "--schema", f"{folders}/keys.yaml", "--quiet"]
    held = ["--holdout", f"{folders}/held", "--set", "evaluate.gates={privacy: 0.9}"]
    assert main([*common, "--synthetic", f"{folders}/synthetic", "--output", f"{folders}/a", *held]) == 0
    report = json.loads((folders / "a" / "report.json").read_text())
    assert report["facts"]["privacy"]["verdict"]["answer"] == "pass"
    overlap = {item["column"]: item for item in report["facts"]["privacy"]["overlaps"]}
    assert overlap["name"]["n_shared"] == 0
    assert overlap["name"]["n_synthetic"] == 300
    # The real folder as its own copy: everything of it is given away.
    assert main([*common, "--synthetic", f"{folders}/real", "--output", f"{folders}/b", *held]) == 4
    assert "evaluate.gates.privacy" in capsys.readouterr().err
    page = folders / "comparison.html"
    assert main(["compare", f"{folders}/a", f"{folders}/b/report.json", "--output", str(page)]) == 0
    assert "privacy" in capsys.readouterr().out
    assert "Largest changes" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate"], "neither a CONFIG nor folders"),
        (["evaluate", "--real", "x"], "--synthetic, --schema is missing"),
        (["compare", "nowhere", "nowhere"], "cannot be read"),
    ],
)
def test_mistakes_end_with_a_message(arguments, said, capsys):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("spark")
def test_declared_tasks_and_own_queries_run_on_both_databases(folders):
    (folders / "queries.sql").write_text(
        "-- loans by age\nSELECT age >= 40 AS old, count(*) AS n FROM client GROUP BY 1;\n"
        "SELECT nothing FROM client;\n-- joined\n"
        "SELECT sum(amount) AS total FROM loan JOIN client ON loan.client = client.id"
    )
    (folders / "conf.yaml").write_text(
        f"source: {{path: {folders}/real}}\noutput: {{path: {folders}/c}}\n"
        f"evaluate:\n  queries: {folders}/queries.sql\n"
        '  tasks: [{name: amount, sql: "SELECT amount AS y, age FROM loan JOIN client ON loan.client = client.id"}]\n'
    )
    sides = ["--real", f"{folders}/real", "--synthetic", f"{folders}/synthetic", "--holdout", f"{folders}/held"]
    arguments = [*sides, "--schema", f"{folders}/keys.yaml", "--output", f"{folders}/c", "--quiet"]
    assert main(["evaluate", f"{folders}/conf.yaml", *arguments]) == 0
    utility = json.loads((folders / "c" / "report.json").read_text())["facts"]["utility"]
    task = next(task for task in utility["tasks"] if task["declared"])
    assert (task["name"], task["seen"]) == ("amount", False)
    assert task["kept"] > 0.9
    queries = {query["name"]: query for query in utility["queries"]}
    assert queries["loans by age"]["similarity"] > 0.8
    assert queries["joined"]["similarity"] > 0.7
    assert queries["query 2"]["error_real"] == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert len(queries) == 4  # and one made of the relationship
