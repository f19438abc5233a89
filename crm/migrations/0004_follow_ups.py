"""Follow-up notes of sellers; activities are listed by their moment, so an index serves that order."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0003_one_first_won"),
        ("org", "0005_setup_marks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("need", models.TextField(blank=True, verbose_name="customer need")),
                ("sticking_point", models.TextField(blank=True, verbose_name="sticking point")),
                ("next_step", models.CharField(blank=True, max_length=200, verbose_name="next step")),
                ("next_step_on", models.DateField(blank=True, null=True, verbose_name="next step on")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["occurred_at", "id"], name="activity_at"),
        ),
        migrations.AddField(
            model_name="followup",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follow_ups",
                to="crm.account",
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="activity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="follow_ups",
                to="crm.activity",
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="opportunity",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follow_ups",
                to="crm.opportunity",
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="person",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.person"
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="written_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True), ("next_step_on__isnull", False)),
                fields=["person", "next_step_on"],
                name="followup_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("account__isnull", True), ("opportunity__isnull", True), _connector="XOR"
                ),
                name="followup_of_one_record",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_step", ""), ("next_step_on__isnull", True)),
                    models.Q(models.Q(("next_step", ""), _negated=True), ("next_step_on__isnull", False)),
                    _connector="OR",
                ),
                name="followup_step_has_day",
            ),
        ),
    ]
