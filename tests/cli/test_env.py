"""`./crm env`: every secret, once."""

import json
import secrets
import stat
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import KeySet

from crm_cli import env, tokens

SCRIPT = env.__file__


class TestPublicKey:
    def test_equals_what_a_cryptography_library_derives(self) -> None:
        for _ in range(20):
            secret = secrets.token_bytes(32)
            known = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
            assert env.public_key(secret) == known

    def test_equals_the_first_vector_of_rfc_8032(self) -> None:
        secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        assert env.public_key(bytes.fromhex(secret)).hex() == public


class TestWriteMissing:
    def test_makes_a_file_that_only_its_owner_reads(self, tmp_path: Path) -> None:
        env.write_missing(tmp_path / ".env")
        assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600

    def test_makes_every_secret_different(self, tmp_path: Path) -> None:
        env.write_missing(tmp_path / ".env")
        values = list(env.read(tmp_path / ".env").values())
        assert len(values) == len(set(values)) > 15

    def test_changes_nothing_that_is_there(self, tmp_path: Path) -> None:
        file = tmp_path / ".env"
        file.write_text("# mine\nPOSTGRES_PASSWORD=chosen\nCRM_CURRENCY=EUR")
        added = env.write_missing(file)
        assert "POSTGRES_PASSWORD" not in added
        assert file.read_text().startswith("# mine\nPOSTGRES_PASSWORD=chosen\nCRM_CURRENCY=EUR\n")
        assert env.write_missing(file) == []

    def test_publishes_only_the_public_halves(self, tmp_path: Path) -> None:
        env.write_missing(tmp_path / ".env")
        settings = env.read(tmp_path / ".env")
        keys = json.loads(settings["CRM_JWKS"])["keys"]
        assert len(keys) == 2
        assert not any("d" in key for key in keys)

    def test_makes_keys_whose_tokens_the_key_set_verifies(self, tmp_path: Path) -> None:
        env.write_missing(tmp_path / ".env")
        settings = env.read(tmp_path / ".env")
        token = tokens.sign(settings["CRM_OPERATOR_KEY"], seconds=60)
        keys = KeySet.import_key_set(json.loads(settings["CRM_JWKS"]))
        seen = jws.deserialize_compact(token, keys, algorithms=["Ed25519"])
        assert json.loads(seen.payload)["role"] == "admin"


class TestScript:
    def test_runs_on_a_bare_python(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-I", "-S", SCRIPT, "--file", str(tmp_path / ".env"), "--json"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "CRM_JWKS" in json.loads(done.stdout)["added"]

    def test_says_what_cannot_be_written(self, tmp_path: Path) -> None:
        target = tmp_path / "missing" / ".env"
        done = subprocess.run(
            [sys.executable, SCRIPT, "--file", str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert f"{target} cannot be written: No such file or directory" in done.stderr
