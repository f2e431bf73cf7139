"""What Spark's errors on opening a table mean for the person who gave its path."""

from __future__ import annotations

import re

# Text in Spark's error -> finding, expectation and remedy. Never Spark's text itself where it may quote data.
_CAUSES = (
    (
        r"COLUMN_ALREADY_EXISTS|Found duplicate column",
        "two columns have the same name, or differ by case only, which Spark takes for the same; expected names that "
        "differ "
        "by more than case; rename one, or set spark.sql.caseSensitive to true in the session",
    ),
    (
        r"Illegal Parquet type|UNSUPPORTED_TIME_TYPE|PARQUET_TYPE_ILLEGAL|PARQUET_TYPE_NOT_SUPPORTED|"
        r"PARQUET_TYPE_NOT_RECOGNIZED|Parquet type not",
        "a column has the Parquet type{detail}, which Spark cannot read; expected types such as int64, double, "
        "decimal, "
        "string, date, timestamp in microseconds; cast it where the file is written (nanoseconds to microseconds, "
        "time to "
        "text), or set spark.sql.legacy.parquet.nanosAsLong in the session",
    ),
    (
        r"UNABLE_TO_INFER_SCHEMA|Unable to infer schema",
        "no schema can be found, for no file holds a row or a header; expected files with columns; remove the table "
        "from the "
        "source or write its columns into its files",
    ),
    (
        r"CANNOT_READ_FILE_FOOTER|is not a Parquet file|Could not read footer|FAILED_READ_FILE|Malformed ORC|"
        r"Not a valid ORC|not an ORC|EOFException|ORC file|magic number",
        "a file is damaged or not of this format; expected whole {format} files; write it again or correct the format",
    ),
    (
        r"DATA_SOURCE_NOT_FOUND|Failed to find the data source|Failed to find data source|ClassNotFoundException",
        "this Spark session has no reader of the format {format}; expected its connector on the class path; start "
        "the session "
        "with it (spark.jars.packages), or give the source in another format",
    ),
    (
        r"PATH_NOT_FOUND|Path does not exist|FileNotFoundException",
        "there is no such path where Spark runs; expected a path that driver and executors see; correct it",
    ),
    (
        r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|NoSuchTable|NoSuchNamespace|NoSuchDatabase",
        "the catalog has no such table or schema; expected a name as `SHOW TABLES` gives it; correct the name",
    ),
    (
        r"PERMISSION|AccessDenied|Access denied|Permission denied|Forbidden|\b403\b",
        "access is denied; expected the right to read; ask for it, or check the credentials of the session",
    ),
    (
        r"No suitable driver",
        "Spark has no JDBC driver for this address; expected its jar on the class path; start the session with "
        "spark.jars",
    ),
    (
        r"Relative path in absolute URI",
        "the path holds a colon, which Spark's file system refuses; expected a name without; rename the file",
    ),
)


def explain(fault: BaseException, table_format: str) -> str:
    """Finding, expectation and remedy of an error that Spark raised on opening a table."""
    text = str(fault)
    for pattern, message in _CAUSES:
        if re.search(pattern, text):
            return message.format(format=table_format or "parquet", detail=_parquet_type(text))
    first = text.strip().splitlines()[0][:300] if text.strip() else type(fault).__name__
    return f"Spark cannot open it ({first}); expected a readable table; check path, format and options"


def _parquet_type(text: str) -> str:
    if "UNSUPPORTED_TIME_TYPE" in text:
        return " TIME"
    named = re.search(r"(?:Illegal Parquet type|Parquet type)\W*(\w+(?: \([\w,() ]*\)\)?)?)", text)
    return f" {named[1]}" if named else ""
