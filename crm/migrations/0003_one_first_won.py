"""At most one deal of an account is its first won: the database says so too, and finds it at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_first_rows")]

    operations = [
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(is_first_won=True),
                name="opportunity_one_first_won",
            ),
        ),
    ]
