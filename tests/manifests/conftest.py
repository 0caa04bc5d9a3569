"""A fixed key and labels to draw."""

from datetime import date
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from manifests import code
from manifests.face import Face
from tests.manifests.pictures import HOST


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def label() -> code.Label:
    return code.Label(
        park=12,
        key_id=1,
        label_id=UUID("9d3f1a77-6c2b-4e5d-8f00-1a2b3c4d5e6f"),
        day=date(2026, 11, 21),
        waste_class=314,
        generator=27,
        grams=182_000,
        measured=True,
        hazardous=True,
    )


@pytest.fixture
def link(label: code.Label, key: Ed25519PrivateKey) -> str:
    return code.text(HOST, code.sign(label, key))


@pytest.fixture
def face(label: code.Label, link: str) -> Face:
    return Face(
        label=label,
        text=link,
        class_code="900-041-49",
        class_name_zh="含有或沾染毒性、感染性危险废物的废弃包装物、容器、过滤吸附介质",
        class_name_en="Packaging, containers and filter media contaminated with toxic or infectious waste",
        generator="北京亦庄宏达精密制造有限公司二厂",
    )
