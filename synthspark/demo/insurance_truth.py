"""What is true of the simulated insurer: keys, relationships, rules. For tests and benchmarks.

No part of the program may read it: it is what discovery has to find by itself.
"""

from __future__ import annotations

from typing import Any

_PRIMARY_KEYS = {
    "region": ["region_id"],
    "branch": ["branch_code"],
    "agent": ["agent_id"],
    "household": ["household_id"],
    "customer": ["customer_id"],
    "product": ["product_code"],
    "policy": ["policy_id"],
    "policy_customer": ["policy_id", "customer_id"],
    "coverage": ["policy_id", "coverage_no"],
    "vehicle": ["vehicle_id"],
    "claim": ["claim_id"],
    "claim_payment": ["claim_id", "line_no"],
    "invoice": ["invoice_number"],
    "contact": ["contact_id"],
    "complaint": ["contact_id"],
    "churn": ["customer_id"],
}
_ALTERNATE_KEYS = {
    "region": [["code"], ["name"]],
    "agent": [["email"]],
    "customer": [["customer_number"], ["national_id"]],
    "product": [["name"]],
    "policy": [["policy_number"]],
    "vehicle": [["licence_plate"], ["vin"], ["policy_id"]],  # policy_id where it is not null
    "claim": [["claim_number"]],
}
# child, child columns, parent, parent columns, nullable
_FOREIGN_KEYS = (
    ("branch", "region_id", "region", "region_id", False),
    ("agent", "manager_id", "agent", "agent_id", True),
    ("agent", "branch_code", "branch", "branch_code", False),
    ("household", "region_id", "region", "region_id", False),
    ("customer", "household_id", "household", "household_id", True),
    ("customer", "region_id", "region", "region_id", False),
    ("policy", "holder_id", "customer", "customer_id", False),
    ("policy", "payer_id", "customer", "customer_id", False),
    ("policy", "agent_id", "agent", "agent_id", True),
    ("policy", "product_code", "product", "product_code", False),
    ("policy_customer", "policy_id", "policy", "policy_id", False),
    ("policy_customer", "customer_id", "customer", "customer_id", False),
    ("coverage", "policy_id", "policy", "policy_id", False),
    ("vehicle", "policy_id", "policy", "policy_id", True),
    ("claim", "policy_id coverage_no", "coverage", "policy_id coverage_no", False),
    ("claim", "adjuster_id", "agent", "agent_id", True),
    ("claim_payment", "claim_id", "claim", "claim_id", False),
    ("invoice", "policy_id", "policy", "policy_id", False),
    ("contact", "customer_id", "customer", "customer_id", False),
    ("contact", "agent_id", "agent", "agent_id", True),
    ("contact", "previous_contact_id", "contact", "contact_id", True),
    ("complaint", "contact_id", "contact", "contact_id", False),
    ("churn", "customer_id", "customer", "customer_id", False),
)
_ADDRESS = ["street", "city", "postal_code", "region_id"]


def insurance_truth() -> dict[str, Any]:
    """Keys, foreign keys and rules that hold in every database of `simulate_insurance`.

    ``tables`` and ``foreign_keys`` have the form of schema.yaml. ``implied_foreign_keys`` hold because others
    do; neither finding nor missing them is a fault. Each rule has a kind, a table, columns and parameters;
    nulls satisfy all but ``null_when``:

    - ``formula``: the column equals the expression (decimals, to the cent);
    - ``order``: the columns never descend from left to right;
    - ``lookup``: the column follows from ``determinants``;
    - ``copy``: the columns equal those of the parent reached by ``via``, its primary key;
    - ``parent_order``: the column is at least (at most) that column of the parent;
    - ``child_sum``: the column is the sum of a column of the child rows, where ``where`` holds;
    - ``sequence``: 1, 2, 3, ... within the columns of ``within``;
    - ``null_when``: the column is null exactly where another has one of these values;
    - ``check``: the values carry a valid check digit of this kind.
    """
    return {
        "tables": {
            table: {
                "primary_key": list(key),
                "alternate_keys": [list(other) for other in _ALTERNATE_KEYS.get(table, [])],
            }
            for table, key in _PRIMARY_KEYS.items()
        },
        "foreign_keys": [_foreign_key(*names, nullable=nullable) for *names, nullable in _FOREIGN_KEYS],
        "implied_foreign_keys": [_foreign_key("claim", "policy_id", "policy", "policy_id", nullable=False)],
        "rules": [*_formulas(), *_orders(), *_lookups(), *_parent_orders(), *_line_rules(), *_null_rules(), *_checks()],
    }


def _foreign_key(child: str, child_columns: str, parent: str, parent_columns: str, *, nullable: bool) -> dict[str, Any]:
    return {
        "child": child,
        "child_columns": child_columns.split(),
        "parent": parent,
        "parent_columns": parent_columns.split(),
        "nullable": nullable,
    }


def _rule(kind: str, table: str, columns: list[str], **parameters: Any) -> dict[str, Any]:
    return {"kind": kind, "table": table, "columns": columns, "parameters": parameters}


def _formulas() -> list[dict[str, Any]]:
    return [_rule("formula", "invoice", ["gross_amount"], expression="net_amount + tax_amount")]


def _orders() -> list[dict[str, Any]]:
    return [
        _rule("order", "claim", ["occurred_on", "reported_on", "closed_on"]),
        _rule("order", "claim", ["paid_amount", "claimed_amount"]),
        _rule("order", "policy", ["start_date", "end_date"]),
        _rule("order", "churn", ["observed_on", "churn_date"]),
    ]


def _lookups() -> list[dict[str, Any]]:
    return [
        _rule("lookup", "vehicle", ["country_of_make"], determinants=["make"]),
        _rule("lookup", "vehicle", ["make"], determinants=["model"]),
        _rule("lookup", "policy", ["line"], determinants=["product_code"]),
        _rule("lookup", "product", ["tax_basis_points"], determinants=["line"]),
        _rule("lookup", "customer", ["city"], determinants=["postal_code"]),
        _rule("lookup", "customer", ["region_id"], determinants=["city"]),
        _rule("lookup", "household", ["city"], determinants=["postal_code"]),
        _rule("lookup", "household", ["region_id"], determinants=["city"]),
        _rule("lookup", "branch", ["region_id"], determinants=["city"]),
        _rule("copy", "policy", ["line"], via=["product_code"], parent="product", parent_columns=["line"]),
        _rule("copy", "customer", _ADDRESS, via=["household_id"], parent="household", parent_columns=_ADDRESS),
    ]


def _parent_orders() -> list[dict[str, Any]]:
    policy = {"parent": "policy", "via": ["policy_id"]}
    claim = {"parent": "claim", "via": ["claim_id"]}
    return [
        _rule("parent_order", "claim", ["occurred_on"], at_least="start_date", **policy),
        _rule("parent_order", "claim", ["occurred_on"], at_most="end_date", **policy),
        _rule("parent_order", "claim_payment", ["paid_on"], at_least="reported_on", **claim),
        _rule("parent_order", "claim_payment", ["paid_on"], at_most="closed_on", **claim),
        _rule(
            "parent_order", "policy", ["start_date"], at_least="customer_since", parent="customer", via=["holder_id"]
        ),
        _rule("parent_order", "policy_customer", ["added_on"], at_least="start_date", **policy),
        _rule("parent_order", "policy_customer", ["added_on"], at_most="end_date", **policy),
        _rule("parent_order", "invoice", ["due_date"], at_least="start_date", **policy),
        _rule("parent_order", "invoice", ["due_date"], at_most="end_date", **policy),
        _rule(
            "parent_order",
            "contact",
            ["contacted_at"],
            at_least="contacted_at",
            parent="contact",
            via=["previous_contact_id"],
        ),
        _rule("parent_order", "agent", ["hired_on"], at_least="hired_on", parent="agent", via=["manager_id"]),
    ]


def _line_rules() -> list[dict[str, Any]]:
    return [
        _rule("sequence", "coverage", ["coverage_no"], within=["policy_id"]),
        _rule("sequence", "claim_payment", ["line_no"], within=["claim_id"]),
        _rule(
            "child_sum",
            "policy",
            ["annual_premium"],
            child="coverage",
            child_column="premium",
            on=["policy_id"],
            where={},
        ),
        _rule(
            "child_sum",
            "claim",
            ["paid_amount"],
            child="claim_payment",
            child_column="amount",
            on=["claim_id"],
            where={"status": ["closed"]},
        ),
    ]


def _null_rules() -> list[dict[str, Any]]:
    return [
        _rule("null_when", "policy", ["agent_id"], column="channel", values=["online", "phone", "bank"]),
        _rule("null_when", "policy", ["end_date"], column="status", values=["active", "suspended"]),
        _rule("null_when", "claim", ["closed_on"], column="status", values=["open"]),
        _rule("null_when", "claim", ["paid_amount"], column="status", values=["open"]),
        _rule("null_when", "invoice", ["paid_date"], column="status", values=["open", "overdue", "written off"]),
        _rule("null_when", "contact", ["duration_seconds"], column="channel", values=["e-mail", "app", "chat"]),
        _rule("null_when", "contact", ["resolved"], column="direction", values=["outbound"]),
        _rule("null_when", "churn", ["churn_date"], column="churned", values=[False]),
        _rule("null_when", "agent", ["commission_rate"], column="role", values=["adjuster"]),
    ]


def _checks() -> list[dict[str, Any]]:
    return [
        _rule("check", "customer", ["iban"], check="iban"),
        _rule("check", "policy", ["policy_number"], check="luhn"),
        _rule("check", "vehicle", ["vin"], check="vin"),
    ]
