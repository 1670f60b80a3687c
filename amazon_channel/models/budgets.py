"""Amazon's rates, as every worker sees them."""

from django.db import models

from amazon_channel.models.accounts import SellerAccount


class RateBudget(models.Model):
    """Token bucket of one operation for one account, shared by all workers.

    Amazon counts per application and seller, so that accounts of one seller spend from the first one's. ``rate`` is
    calls per second as Amazon last said in ``x-amzn-RateLimit-Limit``, before that as it documents. ``tokens`` below
    zero are a wait that a refusal imposed; ``refusals`` counts those in a row. ``resumes_at`` is when the job that goes
    on with this work is due.
    """

    account = models.ForeignKey(SellerAccount, on_delete=models.CASCADE, related_name="budgets", db_index=False)
    operation = models.CharField(max_length=40)
    rate = models.FloatField()
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()
    refusals = models.PositiveSmallIntegerField(default=0)
    resumes_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "operation"], name="one_budget_per_operation")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.operation}"
