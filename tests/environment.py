"""The environment of the tests; a pytest plugin, because settings are read before any conftest."""

import os

os.environ.update(
    {
        "SECRET_KEY": "a secret of the tests, which guards nothing at all",
        "FIELD_ENCRYPTION_KEYS": "dGVzdHMgb25seTogdGhpcnR5LXR3byBieXRlcyBrZXk=",
        "DEBUG": "false",
        "SERVED_OVER_HTTPS": "false",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "AMAZON_SP_API_URL": "",
        "AMAZON_LWA_URL": "",
        "AMAZON_OVERLAP_SECONDS": "1800",
    }
)
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
