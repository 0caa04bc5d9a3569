"""What labels cost: a thousand in one PDF, and one on its own, in a process of its own so that memory is theirs."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from manifests import code, face, layouts, printing, statutory

LABELS = 1_000
ONES = 40
_HOST = "waste.bda.cn"


def labels() -> Iterator[dict[str, Any]]:
    """CPU seconds for a thousand labels in one PDF, from signed link to finished file; general waste, eight a sheet.
    Beside it the same of statutory squares, four a sheet, and one label when the process is warm."""
    plain, square = (_measured(kind) for kind in ("general", "hazardous"))
    yield {
        "bench": "labels",
        "value": plain["cpu_s"],
        "unit": "CPU s",
        "beside": {
            "labels": LABELS,
            "memory_mb": plain["memory_mb"],
            "pdf_mb": plain["pdf_mb"],
            "one_warm_ms": plain["one_ms"],
            "hazardous_cpu_s": square["cpu_s"],
            "hazardous_memory_mb": square["memory_mb"],
            "hazardous_one_warm_ms": square["one_ms"],
        },
        "ratio": round(plain["cpu_s"] / 5, 3),
    }


def _measured(kind: str) -> dict[str, float]:
    ran = subprocess.run([sys.executable, "-m", "bench.labels", kind], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def _work(kind: str) -> dict[str, float]:
    """Runs in the process that is measured. The first label loads the font and is not counted."""
    key = Ed25519PrivateKey.generate()
    one_a_page, sheet = layouts.layout(layouts.ROLL), layouts.layout("a4_2x4" if kind == "general" else "a4_2x2")
    at = datetime.now(UTC)
    printing.pdf([_label(key, kind, 0)], one_a_page, at=at)
    times = []
    for number in range(ONES):
        one = _label(key, kind, number)
        began = time.perf_counter()
        printing.pdf([one], one_a_page, at=at)
        times.append(time.perf_counter() - began)
    many = [_label(key, kind, number) for number in range(LABELS)]
    began = time.process_time()
    made = printing.pdf(many, sheet, at=at)
    seconds = time.process_time() - began
    return {
        "cpu_s": round(seconds, 2),
        "one_ms": round(sorted(times)[ONES * 95 // 100] * 1000, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
        "pdf_mb": round(len(made) / 1e6, 2),
    }


def _label(key: Ed25519PrivateKey, kind: str, number: int) -> printing.Printed:
    """A label unlike all others: its code, mass and words differ."""
    hazardous = kind == "hazardous"
    label = code.Label(
        park=1, key_id=1, label_id=uuid4(), day=date(2026, 11, 21), waste_class=314, generator=27,
        grams=100_000 + number, measured=True, hazardous=hazardous,
    )  # fmt: skip
    shown = face.Face(
        label=label,
        text=code.text(_HOST, code.sign(label, key)),
        class_code="900-041-49" if hazardous else "900-099-S07",
        class_name_zh="含有或沾染毒性、感染性危险废物的废弃包装物、容器、过滤吸附介质" if hazardous else "其他污泥",
        class_name_en="Contaminated packaging and filter media" if hazardous else "Other sludge",
        generator=f"北京示例精密制造有限公司第{number}车间",
    )
    said = statutory.Particulars(
        shown, category="HW49", properties=("T", "In"), form="solid", main_components=f"废棉纱、手套，第 {number} 桶",
        harmful_components="矿物油、苯系物", precautions="远离火源；防止泄漏；轻装轻卸", contact="示例 010-5555 0123",
        identification=f"91110302MA0001000X9000414920261121{number % 999 + 1:03d}", generated=date(2026, 11, 20),
    )  # fmt: skip
    return printing.Printed(said, 100 if hazardous else None)


if __name__ == "__main__":
    print(json.dumps(_work(sys.argv[1])))
