"""Keys of other systems, encrypted where they are stored.

The encryption key comes from the installation's secret key, so that a stolen copy of the database signs in
nowhere; keys encrypted under a former secret key (SECRET_KEY_FALLBACKS) can still be read.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from crm.services.connectors.problems import ConnectorError, Problem


def credentials_sealed(credentials: Mapping[str, str]) -> str:
    """The encrypted text of credentials."""
    return _box().encrypt(orjson.dumps(dict(credentials))).decode()


def credentials_opened(sealed: str) -> dict[str, str]:
    """The credentials of an encrypted text. Raises ConnectorError when the secret key is another by now."""
    if not sealed:
        return {}
    try:
        opened = orjson.loads(_box().decrypt(sealed.encode()))
    except InvalidToken:
        message = _("The secret key of this installation has changed; enter the key of the source again.")
        raise ConnectorError(Problem.CREDENTIALS, message) from None
    return {str(name): str(value) for name, value in opened.items()}


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac("crm.connectors.secrets", "", secret=key, algorithm="sha256") for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest.digest())) for digest in digests])
