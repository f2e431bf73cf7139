"""How each kind of database is asked for its tables, constraints, comments and tags: one small table of SQL texts.

Every text gives the same columns in the same order (`ConstraintRow`, `RemarkRow`, and schema and name for tables), and
each can stand as a subquery: no WITH, no ORDER BY, no semicolon. PostgreSQL's and the standard's are tested against a
real database; those of the others by their form only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthspark.read.identifiers import text_literal

_KINDS = "('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')"


@dataclass(frozen=True)
class Dialect:
    """SQL texts of one kind of database, and the character that its names are quoted with."""

    name: str
    tables: str
    constraints: str
    comments: str
    quote: str = '"'

    def quoted(self, name: str) -> str:
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote


POSTGRES = Dialect(
    "PostgreSQL",
    # A partitioned table is one table; its partitions are not listed beside it.
    tables="""
        select cast(n.nspname as varchar) as table_schema, cast(t.relname as varchar) as table_name
        from pg_catalog.pg_class t join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        where t.relkind in ('r', 'p') and not t.relispartition and t.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'""",
    # conparentid: what a partition inherits; convalidated: NOT VALID leaves older rows unchecked.
    constraints="""
        select case c.contype when 'p' then 'PRIMARY KEY' when 'u' then 'UNIQUE' else 'FOREIGN KEY' end as kind,
        cast(n.nspname as varchar) as table_schema, cast(t.relname as varchar) as table_name,
        cast(c.conname as varchar) as constraint_name, cast(a.attname as varchar) as column_name,
        cast(k.position as integer) as position, cast(pn.nspname as varchar) as parent_schema,
        cast(p.relname as varchar) as parent_table, cast(pa.attname as varchar) as parent_column,
        case when c.convalidated then 'YES' else 'NO' end as enforced
        from pg_catalog.pg_constraint c
        join pg_catalog.pg_class t on t.oid = c.conrelid
        join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        cross join lateral unnest(c.conkey) with ordinality as k(attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
        left join pg_catalog.pg_class p on p.oid = c.confrelid
        left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        left join pg_catalog.pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = c.confkey[k.position]
        where c.contype in ('p', 'u', 'f') and c.conparentid = 0
        and n.nspname not in ('pg_catalog', 'information_schema')""",
    comments="""
        select 'comment' as kind, cast(n.nspname as varchar) as table_schema, cast(t.relname as varchar) as table_name,
        cast(a.attname as varchar) as column_name, cast(null as varchar) as name, d.description as value
        from pg_catalog.pg_description d
        join pg_catalog.pg_class t on t.oid = d.objoid and d.classoid = 'pg_catalog.pg_class'::regclass
        join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.objsubid and d.objsubid > 0
        where t.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')""",
)

_MYSQL_SYSTEM = "('mysql', 'sys', 'performance_schema', 'information_schema')"
MYSQL = Dialect(
    "MySQL or MariaDB",
    tables=f"""
        select table_schema as table_schema, table_name as table_name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in {_MYSQL_SYSTEM}
        and table_schema = coalesce(database(), table_schema)""",
    constraints=f"""
        select c.constraint_type as kind, k.table_schema as table_schema, k.table_name as table_name,
        k.constraint_name as constraint_name, k.column_name as column_name, k.ordinal_position as position,
        k.referenced_table_schema as parent_schema, k.referenced_table_name as parent_table,
        k.referenced_column_name as parent_column, 'YES' as enforced
        from information_schema.table_constraints c join information_schema.key_column_usage k
        on k.constraint_schema = c.constraint_schema and k.constraint_name = c.constraint_name
        and k.table_schema = c.table_schema and k.table_name = c.table_name
        where c.constraint_type in {_KINDS} and c.table_schema not in {_MYSQL_SYSTEM}""",
    comments=f"""
        select 'comment' as kind, table_schema as table_schema, table_name as table_name, null as column_name,
        null as name, table_comment as value
        from information_schema.tables where table_comment <> '' and table_schema not in {_MYSQL_SYSTEM}
        union all
        select 'comment', table_schema, table_name, column_name, null, column_comment
        from information_schema.columns where column_comment <> '' and table_schema not in {_MYSQL_SYSTEM}""",
    quote="`",
)

SQL_SERVER = Dialect(
    "SQL Server",
    tables="""
        select s.name as table_schema, t.name as table_name
        from sys.tables t join sys.schemas s on s.schema_id = t.schema_id where t.is_ms_shipped = 0""",
    constraints="""
        select case k.type when 'PK' then 'PRIMARY KEY' else 'UNIQUE' end as kind, s.name as table_schema,
        t.name as table_name, k.name as constraint_name, c.name as column_name, cast(i.key_ordinal as int) as position,
        cast(null as nvarchar(128)) as parent_schema, cast(null as nvarchar(128)) as parent_table,
        cast(null as nvarchar(128)) as parent_column, 'YES' as enforced
        from sys.key_constraints k join sys.tables t on t.object_id = k.parent_object_id
        join sys.schemas s on s.schema_id = t.schema_id
        join sys.index_columns i on i.object_id = k.parent_object_id and i.index_id = k.unique_index_id
        and i.key_ordinal > 0
        join sys.columns c on c.object_id = i.object_id and c.column_id = i.column_id
        union all
        select 'FOREIGN KEY', s.name, t.name, f.name, c.name, f2.constraint_column_id, ps.name, p.name, pc.name,
        case when f.is_disabled = 1 or f.is_not_trusted = 1 then 'NO' else 'YES' end
        from sys.foreign_keys f join sys.foreign_key_columns f2 on f2.constraint_object_id = f.object_id
        join sys.tables t on t.object_id = f.parent_object_id join sys.schemas s on s.schema_id = t.schema_id
        join sys.columns c on c.object_id = f2.parent_object_id and c.column_id = f2.parent_column_id
        join sys.tables p on p.object_id = f.referenced_object_id join sys.schemas ps on ps.schema_id = p.schema_id
        join sys.columns pc on pc.object_id = f2.referenced_object_id and pc.column_id = f2.referenced_column_id""",
    comments="""
        select 'comment' as kind, s.name as table_schema, t.name as table_name, c.name as column_name,
        cast(null as nvarchar(128)) as name, cast(e.value as nvarchar(4000)) as value
        from sys.extended_properties e join sys.tables t on t.object_id = e.major_id
        join sys.schemas s on s.schema_id = t.schema_id
        left join sys.columns c on c.object_id = e.major_id and c.column_id = e.minor_id
        where e.class = 1 and e.name = 'MS_Description'""",
)

_ORACLE_SYSTEM = "(select username from all_users where oracle_maintained = 'Y')"
ORACLE = Dialect(
    "Oracle",
    tables=f"""
        select owner as table_schema, table_name as table_name from all_tables
        where owner not in {_ORACLE_SYSTEM} and nested = 'NO' and secondary = 'N'""",
    constraints=f"""
        select case c.constraint_type when 'P' then 'PRIMARY KEY' when 'U' then 'UNIQUE' else 'FOREIGN KEY' end as kind,
        c.owner as table_schema, c.table_name as table_name, c.constraint_name as constraint_name,
        k.column_name as column_name, k.position as position, p.owner as parent_schema, p.table_name as parent_table,
        p.column_name as parent_column,
        case when c.status = 'ENABLED' and c.validated = 'VALIDATED' then 'YES' else 'NO' end as enforced
        from all_constraints c
        join all_cons_columns k on k.owner = c.owner and k.constraint_name = c.constraint_name
        left join all_cons_columns p on p.owner = c.r_owner and p.constraint_name = c.r_constraint_name
        and p.position = k.position
        where c.constraint_type in ('P', 'U', 'R') and c.owner not in {_ORACLE_SYSTEM}""",
    comments=f"""
        select 'comment' as kind, owner as table_schema, table_name as table_name, cast(null as varchar2(128))
        as column_name, cast(null as varchar2(128)) as name, comments as value
        from all_tab_comments where comments is not null and owner not in {_ORACLE_SYSTEM}
        union all
        select 'comment', owner, table_name, column_name, null, comments
        from all_col_comments where comments is not null and owner not in {_ORACLE_SYSTEM}""",
)


def standard_constraints(
    place: str = "information_schema", schemas: Sequence[str] = (), *, enforced: bool = True
) -> str:
    """Constraints from an information schema of the SQL standard, such as Unity Catalog's or Snowflake's.

    Parameters
    ----------
    place
        The information schema, qualified and quoted as its database asks for it.
    schemas
        Those to look at; none: all but the information schema itself.
    enforced
        Whether its table_constraints tell what the database enforces; where not, nothing is taken for enforced.
    """
    held = "c.enforced" if enforced else "'NO'"
    return f"""
        select c.constraint_type as kind, k.table_schema as table_schema, k.table_name as table_name,
        k.constraint_name as constraint_name, k.column_name as column_name, k.ordinal_position as position,
        p.table_schema as parent_schema, p.table_name as parent_table, p.column_name as parent_column,
        {held} as enforced
        from {place}.table_constraints c
        join {place}.key_column_usage k on k.constraint_schema = c.constraint_schema
        and k.constraint_name = c.constraint_name and k.table_schema = c.table_schema and k.table_name = c.table_name
        left join {place}.referential_constraints r on r.constraint_schema = c.constraint_schema
        and r.constraint_name = c.constraint_name and c.constraint_type = 'FOREIGN KEY'
        left join {place}.key_column_usage p on p.constraint_schema = r.unique_constraint_schema
        and p.constraint_name = r.unique_constraint_name and p.ordinal_position = k.position_in_unique_constraint
        where c.constraint_type in {_KINDS} and {_among("c", schemas)}"""


def standard_comments(place: str = "information_schema", schemas: Sequence[str] = ()) -> str:
    """Comments of tables and columns; an extension of the standard that Unity Catalog and Snowflake share."""
    return f"""
        select 'comment' as kind, t.table_schema as table_schema, t.table_name as table_name,
        cast(null as {_TEXT}) as column_name, cast(null as {_TEXT}) as name, t.comment as value
        from {place}.tables t where t.comment is not null and {_among("t", schemas)}
        union all
        select 'comment', c.table_schema, c.table_name, c.column_name, cast(null as {_TEXT}), c.comment
        from {place}.columns c where c.comment is not null and {_among("c", schemas)}"""


def unity_tags(place: str, schemas: Sequence[str] = ()) -> str:
    """Tags of tables and columns, as Unity Catalog keeps them."""
    wanted = f"t.schema_name in ({', '.join(map(text_literal, schemas))})" if schemas else "1 = 1"
    return f"""
        select 'tag' as kind, t.schema_name as table_schema, t.table_name as table_name,
        cast(null as {_TEXT}) as column_name, t.tag_name as name, t.tag_value as value
        from {place}.table_tags t where {wanted}
        union all
        select 'tag', t.schema_name, t.table_name, t.column_name, t.tag_name, t.tag_value
        from {place}.column_tags t where {wanted}"""


_TEXT = "varchar(255)"


def _among(alias: str, schemas: Sequence[str]) -> str:
    if schemas:
        return f"{alias}.table_schema in ({', '.join(map(text_literal, schemas))})"
    return f"lower({alias}.table_schema) <> 'information_schema'"


def _standard(name: str, *, enforced: bool = True) -> Dialect:
    return Dialect(
        name,
        tables="""
            select table_schema as table_schema, table_name as table_name from information_schema.tables
            where table_type in ('BASE TABLE', 'TABLE', 'MANAGED', 'EXTERNAL')
            and lower(table_schema) not in ('information_schema', 'pg_catalog')""",
        constraints=standard_constraints(enforced=enforced),
        comments=standard_comments(),
    )


_BY_ADDRESS: tuple[tuple[tuple[str, ...], Dialect], ...] = (
    (("jdbc:postgresql:", "jdbc:edb:"), POSTGRES),
    (("jdbc:mysql:", "jdbc:mariadb:"), MYSQL),
    (("jdbc:sqlserver:", "jdbc:jtds:"), SQL_SERVER),
    (("jdbc:oracle:",), ORACLE),
    (("jdbc:snowflake:", "jdbc:databricks:", "jdbc:spark:"), _standard("its information schema")),
    (("jdbc:redshift:", "jdbc:h2:", "jdbc:hsqldb:"), _standard("its information schema", enforced=False)),
)
KNOWN = "PostgreSQL, MySQL, MariaDB, SQL Server, Oracle, Snowflake, Databricks, Redshift, H2 and HSQLDB"


def dialect_of(address: str) -> Dialect | None:
    """The dialect of the database behind a JDBC address; None for one that is not known."""
    return next((dialect for starts, dialect in _BY_ADDRESS if address.lower().startswith(starts)), None)
