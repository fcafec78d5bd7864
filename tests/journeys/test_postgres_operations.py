"""An operator's commands on a Postgres database; serving from it needs Redis beside it."""

import json

import pytest

from tests.support.postgres import PostgresServer
from tests.support.server import ServerProcess
from tests.support.tcp_proxy import TcpProxy


@pytest.fixture
def on_postgres(unstarted: ServerProcess, postgres_url: str) -> ServerProcess:
    return ServerProcess(unstarted.data_dir, database_url=postgres_url)


def examined(server: ServerProcess) -> dict[str, dict[str, object]]:
    checks = json.loads(server.command("doctor", "--json").stdout)
    return {check["name"]: check for check in checks}


def test_users_points_and_books_are_looked_after_there(on_postgres: ServerProcess) -> None:
    token = on_postgres.json("token", "--email", "ann@example.com")
    granted = on_postgres.json("points", "grant", "--email", "ann@example.com", "--amount", "7")
    corrected = on_postgres.json("points", "set", "--email", "ann@example.com", "--balance", "5")

    assert (token["balance"], granted["balance"], corrected["balance"]) == (100, 107, 5)
    assert on_postgres.json("audit")["clean"] is True
    assert on_postgres.beside.count("ledger") == 3


def test_books_that_were_tampered_with_are_found_out_there(
    on_postgres: ServerProcess, postgres: PostgresServer, postgres_database: str
) -> None:
    on_postgres.beside.sign_in("ann@example.com")
    postgres.ask("UPDATE accounts SET balance = balance + 1", postgres_database)

    done = on_postgres.command("audit", "--json")

    report = json.loads(done.stdout)
    assert (done.returncode, report["clean"]) == (1, False)
    assert [found["rule"] for found in report["findings"]] == ["a balance is the sum of its ledger"]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_it_does_not_serve_from_there_without_redis(
    on_postgres: ServerProcess, command: str
) -> None:
    done = on_postgres.command(command)

    assert done.returncode == 1
    assert "set ERYAO_REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_looks_at_the_version_the_schema_and_the_sharing(
    on_postgres: ServerProcess,
) -> None:
    checks = examined(on_postgres)
    database, sharing = checks["database"], checks["together"]

    assert database["ok"] is True
    assert str(database["finding"]).startswith("Postgres 1")
    assert sharing["ok"] is False
    assert "ERYAO_REDIS_URL" in str(sharing["finding"])


def test_the_doctor_says_where_the_schema_is_behind(
    unstarted: ServerProcess, postgres: PostgresServer
) -> None:
    with postgres.database() as url:
        behind = ServerProcess(unstarted.data_dir, database_url=url)
        assert examined(behind)["database"]["advice"] == "Run: eryao migrate"

        assert behind.command("migrate").returncode == 0

        assert examined(behind)["database"]["ok"] is True


def test_a_database_that_cannot_be_reached_is_said_to_be_so(
    unstarted: ServerProcess, postgres: PostgresServer
) -> None:
    proxy = TcpProxy(postgres.port)
    proxy.close()
    gone = ServerProcess(unstarted.data_dir, database_url=postgres.url(port=proxy.port))

    found = examined(gone)["database"]

    assert found["ok"] is False
    assert "ERYAO_DATABASE_URL" in str(found["advice"])
    migrated = gone.command("migrate")
    assert migrated.returncode == 1
    assert "The database did not take it" in migrated.stderr
    assert "Traceback" not in migrated.stderr
