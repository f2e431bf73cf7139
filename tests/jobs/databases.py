"""Small databases that the job tests run on, and how their outputs are compared."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq


def shop(n_customers: int = 60) -> dict[str, pa.Table]:
    """Customers, orders and their lines (composite key), products, and employees with managers."""
    draw = np.random.default_rng(5)
    n_orders, n_products, n_staff = 4 * n_customers, 30, 12
    n_lines = draw.integers(1, 5, n_orders)
    order_of_line = np.repeat(np.arange(n_orders), n_lines)
    number = np.concatenate([np.arange(1, n + 1) for n in n_lines])
    days = np.datetime64("2024-01-01") + draw.integers(0, 300, n_orders)
    manager = [None, *(int(draw.integers(1, i + 1)) for i in range(1, n_staff))]
    return {
        "staff": pa.table(
            {"staff_id": range(1, n_staff + 1), "manager_id": manager, "grade": draw.choice(["a", "b"], n_staff)}
        ),
        "customer": pa.table(
            {
                "customer_id": [f"C-{i:05d}" for i in range(7, 7 + n_customers)],
                "email": [f"person{i}@mail.test" for i in range(n_customers)],
                "income": np.round(draw.gamma(3, 900, n_customers), 2),
                "segment": draw.choice(["retail", "trade", "public"], n_customers, p=[0.6, 0.3, 0.1]),
            }
        ),
        "product": pa.table(
            {
                "product_id": range(100, 100 + n_products),
                "price": np.round(draw.gamma(2, 20, n_products), 2),
                "weight": draw.normal(5, 1, n_products),
            }
        ),
        "order": pa.table(
            {
                "order_id": range(1000, 1000 + n_orders),
                "customer_id": [f"C-{7 + i:05d}" for i in draw.integers(0, n_customers, n_orders)],
                "staff_id": pa.array(
                    np.where(draw.random(n_orders) < 0.2, 0, draw.integers(1, n_staff + 1, n_orders)),
                    mask=draw.random(n_orders) < 0.2,
                ),
                "ordered": days,
            }
        ),
        "order_line": pa.table(
            {
                "order_id": 1000 + order_of_line,
                "line_no": number,
                "product_id": 100 + draw.integers(0, n_products, order_of_line.size),
                "quantity": draw.poisson(2, order_of_line.size) + 1,
            }
        ),
    }


def write_parts(tables: dict[str, pa.Table], folder: Path, parts: int) -> Path:
    """Each table as a folder of `parts` files."""
    for name, table in tables.items():
        target = folder / name
        target.mkdir(parents=True)
        for part in range(parts):
            low, high = (table.num_rows * edge // parts for edge in (part, part + 1))
            pq.write_table(table.slice(low, high - low), target / f"part-{part:03d}.parquet")
    return folder


def write_config(path: Path, source: Path, output: Path, *more: str) -> Path:
    """A config for a folder of Parquet tables, without tracking."""
    lines = (f"source: {{path: '{source}'}}", f"output: {{path: '{output}'}}", "tracking: null", *more)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def sorted_bytes(tables: Path) -> dict[str, str]:
    """Digest of the sorted rows of every synthetic table."""
    digests = {}
    for table in sorted(folder for folder in tables.iterdir() if folder.is_dir()):
        content = ds.dataset(table, format="parquet", exclude_invalid_files=True).to_table()
        rows = sorted(json.dumps(row, sort_keys=True, default=repr) for row in content.to_pylist())
        digests[table.name] = hashlib.sha256("\n".join([str(content.schema), *rows]).encode()).hexdigest()
    return digests
