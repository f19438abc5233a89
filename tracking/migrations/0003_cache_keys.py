"""Don't check copied keys again, know what a run was made from and which day a rule has seen."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_first_rule")]

    operations = [
        migrations.AddField(
            model_name="alertrule",
            name="evaluated_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="snapshotrun",
            name="basis",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="snapshotrun",
            name="fact_sizes",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="customer_type",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="crm.segment",
            ),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="metric",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="metrics.metric",
            ),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="org.person",
            ),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="product_line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="crm.segment",
            ),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="region",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="crm.segment",
            ),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="target",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="targets.target",
            ),
        ),
        migrations.AlterField(
            model_name="snapshot",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="org.unit",
            ),
        ),
    ]
