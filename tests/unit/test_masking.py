from synthspark.masking import MASK, masked


def test_secrets_are_hidden_by_name_and_inside_addresses():
    settings = {
        "options": {"user": "anna", "password": "s3cret", "url": "jdbc:postgresql://h/db?password=s3cret&ssl=1"},
        "uri": "https://anna:s3cret@tracking.test",
        "k": 5,
    }
    shown = masked(settings)
    assert "s3cret" not in str(shown)
    assert shown["options"]["password"] == MASK
    assert shown["options"]["user"] == "anna"
    assert shown["k"] == 5
