"""By which host names hosted registries are known: whole names, in lower case."""

from __future__ import annotations

import re

AMAZON_ECR = re.compile(
    r"\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)"
)
AMAZON_ECR_PUBLIC = re.compile(r"public\.ecr\.aws|ecr-public\.aws\.com")
AZURE = re.compile(r"[a-z0-9-]+\.azurecr\.io")
DIGITALOCEAN = re.compile(r"registry\.digitalocean\.com")
DOCKER_HUB = re.compile(r"(?:registry-1\.|index\.|registry\.|www\.)?docker\.(?:io|com)")
GITHUB = re.compile(r"ghcr\.io")
GITLAB = re.compile(r"registry\.gitlab\.com")
GOOGLE_ARTIFACT_REGISTRY = re.compile(r"[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io")
JFROG = re.compile(r"[a-z0-9-]+\.jfrog\.io")
QUAY = re.compile(r"quay\.io")


def is_host_of(hosts: re.Pattern[str], host: str) -> bool:
    """Whether `host[:port]`, in any case and with or without the last dot, is one of these."""
    name = re.sub(r":\d+$", "", host).rstrip(".").lower()
    return hosts.fullmatch(name) is not None
