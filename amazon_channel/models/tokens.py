"""The access token of a seller account, shared by all workers."""

from django.db import models

from amazon_channel.models.accounts import SellerAccount
from customers.encryption import EncryptedJSONField


class AccessToken(models.Model):
    """What Login with Amazon last gave, and who asks for the next one.

    ``made_for`` is a keyed hash of the credentials and of the address that gave the token: it serves no others.
    ``version`` grows with every token and every permission to ask for one; only its holder may store the answer.
    """

    account = models.OneToOneField(SellerAccount, on_delete=models.CASCADE, related_name="access_token")
    encrypted_token = EncryptedJSONField(null=True, editable=False)
    made_for = models.CharField(max_length=32, blank=True)
    good_until = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=0)
    asked_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.good_until}"
