"""An Airflow DAG (2.10): one certified release for each month, on the second day of the next one."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="tuomin_electricity",
    schedule="30 2 2 * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
    # the same month is released once: a run that is repeated writes nothing
    catchup=True,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["tuomin"],
) as dag:
    BashOperator(
        task_id="release",
        # {date:%Y%m} in the pipeline is the month that is released: {date} is its second day
        bash_command=(
            "tuomin run /etc/tuomin/electricity/monthly.toml --out /var/lib/tuomin/out --json --log json "
            "--as-of {{ data_interval_start.in_timezone('Asia/Shanghai').to_date_string() }}"
        ),
        # a refusal (3) is an answer: the task is skipped, and trying again would not change it
        skip_on_exit_code=3,
        env={"TUOMIN_CONFIG": "/var/lib/tuomin/config"},
        append_env=True,
        # SIGTERM: the run stops within a second and leaves nothing
        execution_timeout=timedelta(hours=4),
    )
