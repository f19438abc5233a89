"""What people choose for themselves stays with the account: density, first period, shortcuts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("org", "0003_first_rows")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="density",
            field=models.CharField(
                choices=[("comfortable", "comfortable"), ("compact", "compact")],
                default="comfortable",
                max_length=12,
                verbose_name="density",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="period",
            field=models.CharField(
                choices=[("week", "week"), ("month", "month"), ("quarter", "quarter"), ("year", "year")],
                default="month",
                max_length=8,
                verbose_name="default period",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="has_shortcuts",
            field=models.BooleanField(default=True, verbose_name="keyboard shortcuts"),
        ),
    ]
