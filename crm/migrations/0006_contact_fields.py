"""Contact fields of accounts and leads, and the keys by which a customer met twice is known again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_imports"),
        ("org", "0006_webhooks"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="contact_name",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="contact person"),
        ),
        migrations.AddField(
            model_name="account",
            name="domain_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="account",
            name="name_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="account",
            name="phone",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="phone"),
        ),
        migrations.AddField(
            model_name="account",
            name="phone_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="account",
            name="website",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="website"),
        ),
        migrations.AddField(
            model_name="lead",
            name="contact_name",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="contact person"),
        ),
        migrations.AddField(
            model_name="lead",
            name="domain_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name="lead",
            name="email",
            field=models.CharField(blank=True, default="", max_length=254, verbose_name="e-mail"),
        ),
        migrations.AddField(
            model_name="lead",
            name="name_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="lead",
            name="phone",
            field=models.CharField(blank=True, default="", max_length=60, verbose_name="phone"),
        ),
        migrations.AddField(
            model_name="lead",
            name="phone_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="lead",
            name="website",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="website"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("name_key__gt", "")), fields=["name_key"], name="account_name"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("phone_key__gt", "")), fields=["phone_key"], name="account_phone"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("domain_key__gt", "")), fields=["domain_key"], name="account_domain"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("name_key__gt", "")), fields=["name_key"], name="lead_name"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("phone_key__gt", "")), fields=["phone_key"], name="lead_phone"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("domain_key__gt", "")), fields=["domain_key"], name="lead_domain"
            ),
        ),
    ]
