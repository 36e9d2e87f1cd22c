"""The Compose file: nothing private is open, no secret has a default, no name is misspelt."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config import env
from dashboard.management.commands.demo import web_command
from tests.jitsi_config.stack import DARASA, FOLDER, JITSI, MAIN, ROOT, MissingError, filled, load, required

KNOWN = json.loads((Path(__file__).parent / "known_names.json").read_text())
FILES = sorted(FOLDER.glob("compose*.yaml"))
# Read by files of ours inside Jitsi's containers: conf.d/darasa.cfg.lua and finalize.sh.
OURS = {
    "prosody": {"DARASA_URL", "DARASA_SOURCE", "DARASA_HOOK_TOKEN", "DARASA_EVENT_SECRET"},
    "jibri": {"DARASA_FINALIZED_URL"},
}
FOR_LIBRARIES = {"AWS_CA_BUNDLE"}  # botocore's own
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|ACCESS_KEY")
WITHOUT_A_WAY_OUT = (
    "meet-web",
    "prosody",
    "jicofo",
    "jibri",
    "postgres",
    "redis-broker",
    "redis-channels",
    "store",
)
ONE_SHOT = {"prepare", "migrate", "make-bucket"}


@pytest.fixture(scope="module")
def stack(values: dict[str, str]) -> dict[str, Any]:
    return load(MAIN, values)


def services_of(stack: dict[str, Any]) -> dict[str, Any]:
    services: dict[str, Any] = stack["services"]
    return services


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_compose_itself_accepts_the_file(file: Path, installation: Path) -> None:
    if (
        not shutil.which("docker")
        or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no docker with its compose plugin here")
    said = {"BRIDGE_NAME": "b", "BRIDGE_ADDRESS": "198.51.100.7", "SIGNALLING_ADDRESS": "10.0.0.1"}
    said |= {"BRIDGE_PRIVATE_ADDRESS": "10.0.0.2", "PRIVATE_ADDRESS": "10.0.0.1"}
    under = [] if "bridge" in file.name or file == MAIN else ["-f", str(MAIN)]
    command = [
        "docker",
        "compose",
        "--env-file",
        str(installation / ".env"),
        *under,
        "-f",
        str(file),
        "config",
        "-q",
    ]
    done = subprocess.run(command, env={**os.environ, **said}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_everything_that_a_school_needs_is_there(stack: dict[str, Any]) -> None:
    wanted = {
        "nginx",
        "certbot",
        "coturn",
        "postgres",
        "redis-broker",
        "redis-channels",
        "store",
        "streams",
        *JITSI,
        *DARASA,
    }
    assert set(services_of(stack)) == wanted | ONE_SHOT
    optional = {name for name, service in services_of(stack).items() if "profiles" in service}
    assert optional == {"certbot", "jvb-2", "recorders"}


def test_no_variable_of_jitsi_is_misspelt(stack: dict[str, Any]) -> None:
    for name, image in JITSI.items():
        said = set(services_of(stack)[name]["environment"])
        assert said - set(KNOWN["variables"][image]) == OURS.get(name, set()), name
    bridge = load(FOLDER / "compose.bridge.yaml")["services"]["jvb"]["environment"]
    assert set(bridge) <= set(KNOWN["variables"]["jvb"])


def test_the_list_of_names_is_that_of_the_images_that_run() -> None:
    tag = KNOWN["sources"]["docker-jitsi-meet"].split()[0]
    images = [
        load(file)["services"][name]["image"] for file in FILES for name in JITSI if has_image(file, name)
    ]
    assert images
    assert all(filled(image, {}).endswith(f":{tag}") for image in images)


def has_image(file: Path, name: str) -> bool:
    return "image" in load(file)["services"].get(name, {})


def test_the_list_of_names_is_not_older_than_a_checkout_that_is_at_hand() -> None:
    wanted = ("DOCKER_JITSI_DIR", "JIBRI_DIR", "JICOFO_DIR", "JVB_DIR")
    if not all(os.environ.get(name) for name in wanted):
        pytest.skip(f"no checkouts of Jitsi: {', '.join(wanted)}")
    command = [sys.executable, "-m", "scripts.jitsi_names", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_of_darasa_is_in_its_table() -> None:
    table = {setting.name for setting in env.TABLE}
    for file in FILES:
        services = load(file)["services"]
        for name in set(DARASA) & set(services):
            assert set(services[name].get("environment", {})) - table <= FOR_LIBRARIES, name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_secret_has_a_default(file: Path) -> None:
    text = file.read_text()
    for found in re.finditer(r"\$\{([A-Z][A-Z0-9_]*)([^}]*)", text):
        if SECRET.search(found[1]):
            assert re.match(r":?\?", found[2]), found[0]
    for name, service in yaml.safe_load(text)["services"].items():
        for variable, value in service.get("environment", {}).items():
            literal = value and not str(value).startswith(("${", "http", "redis", "postgresql"))
            assert not (SECRET.search(variable) and literal), (name, variable)


def test_without_the_file_of_secrets_nothing_starts() -> None:
    with pytest.raises(MissingError):
        load(MAIN, {})


def test_what_configure_writes_is_all_that_is_needed(values: dict[str, str]) -> None:
    assert required() <= set(values)
    text = "".join(line for line in MAIN.read_text().splitlines(True) if not line.lstrip().startswith("#"))
    for name in required() - {"EMAIL_HOST_PASSWORD"}:
        with pytest.raises(MissingError, match=name):
            filled(text, {**values, name: ""})


def test_only_the_doors_are_published(stack: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services_of(stack).items() if "ports" in service}
    assert published == {
        "nginx": ["80:80", "443:443"],
        "jvb": ["10000:10000/udp"],
        "jvb-2": ["10001:10001/udp"],
    }
    on_the_host = [
        name for name, service in services_of(stack).items() if service.get("network_mode") == "host"
    ]
    assert on_the_host == ["coturn"]


def test_what_other_machines_reach_is_bound_to_a_private_address() -> None:
    for name, service, open_to_all in (
        ("compose.private.yaml", "prosody", []),
        ("compose.bridge.yaml", "jvb", ["10000:10000/udp"]),
    ):
        ports = load(FOLDER / name)["services"][service]["ports"]
        bound = [port for port in ports if re.match(r"\$\{(BRIDGE_)?PRIVATE_ADDRESS:\?", port)]
        assert [port for port in ports if port not in bound] == open_to_all
        assert len(bound) == 1


def test_the_relay_leads_to_the_bridges_and_to_nothing_else(stack: dict[str, Any]) -> None:
    command = services_of(stack)["coturn"]["command"]
    assert "--denied-peer-ip=0.0.0.0-255.255.255.255" in command
    assert {word for word in command if word.startswith("--allowed-peer-ip")} == {
        "--allowed-peer-ip=203.0.113.10"
    }


def test_what_is_private_has_no_way_out(stack: dict[str, Any]) -> None:
    networks = stack["networks"]
    leading_out = {name for name, network in networks.items() if not (network or {}).get("internal")}
    assert leading_out == {"public", "outward"}
    for name in WITHOUT_A_WAY_OUT:
        assert not set(services_of(stack)[name]["networks"]) & leading_out, name


def test_whoever_is_called_by_name_shares_a_network_with_the_caller(stack: dict[str, Any]) -> None:
    services = services_of(stack)
    for name, service in services.items():
        values = [str(value) for value in (service.get("environment") or {}).values()]
        hosts = set(re.findall(r"(?:://|@|^)([a-z]+[a-z0-9-]*):\d", "\n".join(values), re.MULTILINE))
        for host in {re.sub(r"^darasa-(jibri)-\d+$", r"\1", host) for host in hosts} & set(services):
            assert set(service["networks"]) & set(services[host]["networks"]), (name, host)


def test_the_key_of_the_certificate_is_in_no_other_container(stack: dict[str, Any]) -> None:
    holders = {
        name
        for name, service in services_of(stack).items()
        if any(str(volume).startswith("./certificates:") for volume in service.get("volumes", []))
    }
    assert holders == {"nginx", "certbot"}


def test_every_file_that_is_mounted_is_in_the_repository(stack: dict[str, Any]) -> None:
    kept = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "jitsi_config"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    services = [*services_of(stack).values(), *load(FOLDER / "compose.bridge.yaml")["services"].values()]
    volumes = [str(volume) for service in services for volume in service.get("volumes", [])]
    mounted = {volume.split(":")[0].removeprefix("./") for volume in volumes if volume.startswith("./")}
    assert mounted
    for path in mounted:
        assert any(
            name == f"jitsi_config/{path}" or name.startswith(f"jitsi_config/{path}/") for name in kept
        ), path


def test_scripts_that_containers_call_may_be_called() -> None:
    for name in ("configure", "up", "emergency-link", "jibri/finalize.sh", "nginx/reload-certificates.sh"):
        assert os.access(FOLDER / name, os.X_OK), name


def test_every_service_is_limited_watched_and_comes_back(stack: dict[str, Any]) -> None:
    for name, service in services_of(stack).items():
        assert service["logging"]["options"]["max-size"], name
        if name in ONE_SHOT:
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert "healthcheck" in service or name in {"darasa-web", "certbot"}, name


def test_nothing_runs_with_more_rights_than_it_needs(stack: dict[str, Any]) -> None:
    for name, service in services_of(stack).items():
        assert not service.get("privileged"), name
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", [])), name
        if name not in {"postgres", "certbot"}:
            assert service["read_only"] is True, name
            assert "no-new-privileges:true" in service["security_opt"], name
    for name in (*JITSI, *DARASA, "store"):
        assert services_of(stack)[name]["cap_drop"] == ["ALL"], name
        assert "cap_add" not in services_of(stack)[name], name


def test_images_are_pinned(stack: dict[str, Any]) -> None:
    for name, service in services_of(stack).items():
        _, _, tag = service["image"].rpartition(":")
        assert tag and tag != "latest" and "/" not in tag, name


def test_every_queue_has_a_worker(stack: dict[str, Any]) -> None:
    queues = {"celery", *(route["queue"] for route in settings.TASK_QUEUES.values())}
    words = [word for service in services_of(stack).values() for word in service.get("command", [])]
    assert {word.removeprefix("--queues=") for word in words if str(word).startswith("--queues=")} == queues


def test_web_takes_frames_of_the_same_size_as_in_the_demo(stack: dict[str, Any]) -> None:
    demo = web_command(8000)
    largest = demo[demo.index("--ws-max-size") + 1]
    assert f"--ws-max-size={largest}" in services_of(stack)["darasa-web"]["command"]
    assert f'"--ws-max-size", "{largest}"' in (ROOT / "Dockerfile").read_text()


def test_celery_is_asked_to_stop_and_given_time(stack: dict[str, Any]) -> None:
    for name in ("worker", "worker-media", "worker-boards", "worker-outward"):
        service = services_of(stack)[name]
        assert (service["init"], service["stop_signal"]) == (True, "SIGTERM")
        assert service["stop_grace_period"]


def test_every_recorder_is_known_by_the_name_docker_gives_it(stack: dict[str, Any]) -> None:
    count = int(services_of(stack)["jibri"]["deploy"]["replicas"])
    urls = services_of(stack)["worker"]["environment"]["JIBRI_URLS"].split(",")
    assert urls == [f"http://{stack['name']}-jibri-{number}:2222" for number in range(1, count + 1)]


def test_recorder_and_worker_mean_the_same_folder(stack: dict[str, Any]) -> None:
    jibri, worker = services_of(stack)["jibri"], services_of(stack)["worker"]
    place = worker["environment"]["RECORDINGS_DIR"]
    assert jibri["environment"]["JIBRI_RECORDING_DIR"] == place
    assert f"recordings:{place}" in jibri["volumes"]
    assert f"recordings:{place}" in worker["volumes"]
    assert jibri["environment"]["TZ"] == worker["environment"]["RECORDER_TIME_ZONE"]
    assert jibri["shm_size"] == "2gb"


def test_the_broker_forgets_nothing_and_the_other_redis_may(stack: dict[str, Any]) -> None:
    broker, channels = (
        " ".join(services_of(stack)[name]["command"]) for name in ("redis-broker", "redis-channels")
    )
    assert "--appendonly yes" in broker and "--maxmemory-policy noeviction" in broker
    assert "--appendonly no" in channels and "--maxmemory-policy volatile-lru" in channels


def test_tokens_and_moderators_are_as_the_contract_says(stack: dict[str, Any]) -> None:
    said = {name: services_of(stack)[name]["environment"] for name in JITSI}
    darasa = services_of(stack)["darasa-web"]["environment"]
    prosody = said["prosody"]
    assert prosody["JWT_APP_SECRET"] == darasa["JITSI_APP_SECRET"]
    assert prosody["JWT_ACCEPTED_AUDIENCES"] == darasa["JITSI_AUDIENCE"]
    assert prosody["JWT_APP_ID"] == prosody["JWT_ACCEPTED_ISSUERS"] == darasa["JITSI_APP_ID"]
    assert (prosody["JWT_ALLOW_EMPTY"], prosody["ENABLE_GUESTS"]) == ("0", "0")
    assert (said["jicofo"]["JICOFO_ENABLE_AUTH"], said["jicofo"]["ENABLE_AUTO_OWNER"]) == ("0", "0")
    assert {"presence_identity", "filter_iq_jibri"} <= set(prosody["XMPP_MODULES"].split(","))
    assert {"token_affiliation", "darasa_events", "darasa_recording", "darasa_shield"} <= set(
        prosody["XMPP_MUC_MODULES"].split(",")
    )
    assert said["meet-web"]["ENABLE_P2P"] == "0"
    assert all(said[name]["JVB_DISABLE_STUN"] == "1" for name in ("jvb", "jvb-2"))


def test_two_bridges_are_two(stack: dict[str, Any]) -> None:
    first, second = (services_of(stack)[name]["environment"] for name in ("jvb", "jvb-2"))
    for name in ("JVB_PORT", "JVB_MUC_NICKNAME", "JVB_INSTANCE_ID", "JVB_OCTO_RELAY_ID"):
        assert first[name] != second[name], name


@pytest.mark.deep
def test_darasa_starts_with_these_settings(stack: dict[str, Any], tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {
        name: str(value) for name, value in services_of(stack)["darasa-web"]["environment"].items()
    }
    environment |= {"DARASA_VAR": str(tmp_path), "WORK_DIR": str(tmp_path), "RECORDINGS_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.deep
def test_what_the_image_is_given_is_enough_to_start(stack: dict[str, Any], tmp_path: Path) -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    ignore = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    for name in (rule[1:] for rule in rules if rule.startswith("!")):
        source, target = ROOT / name, tmp_path / "image" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=ignore) if source.is_dir() else shutil.copyfile(source, target)
    environment = {
        name: str(value) for name, value in services_of(stack)["darasa-web"]["environment"].items()
    }
    environment |= {
        "PATH": os.environ["PATH"],
        "DARASA_VAR": str(tmp_path / "data"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import config.asgi, config.celery; print(config.asgi.__file__)"],
        cwd=tmp_path / "image",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(tmp_path / "image" / "config" / "asgi.py"), done.stderr
