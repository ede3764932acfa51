"""Every setting, documented once: what it means, who needs it and what may be written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seniorlink_assets.sentence import SentenceError


class EnvironmentSettingError(SentenceError):
    """A setting that is wrong: names it and says what it may be."""


@dataclass(frozen=True)
class Setting:
    """A variable of the environment. `form` is what its value must look like, `write` says so.

    `needed_by` names the choice without which nobody reads it, "" if everybody does.
    """

    name: str
    meaning: str
    default: str = ""
    example: str = ""
    needed_by: str = ""
    form: str = ".*"
    write: str = ""


AWS = "SENIORLINK_ENV=aws"
LAUNCHERS = {
    "local": ("local", "inline", "cluster"),
    "aws": ("emr-serverless", "emr-ec2", "emr-eks", "cluster", "local"),
}
"""The launchers of each environment; the first is the one that is used unless another is named."""

_NUMBER = "0*[1-9][0-9]*"
_BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_PREFIX = r"[A-Za-z0-9!_.'()=+@,-]+"
_IN_S3 = f"s3://{_BUCKET}(/{_PREFIX})*/?"
_ARN = "arn:aws[a-z-]*"
_ROLE = rf"{_ARN}:iam::[0-9]{{12}}:role/[!-~]+"
_RATE = r"[0-9]+(\.[0-9]+)?"

SETTINGS = (
    Setting(
        "SENIORLINK_ENV",
        "`local`: all on this machine; `aws`: the lake in S3, the jobs on EMR",
        default="`local`",
        form="local|aws",
        write="use local or aws",
    ),
    Setting(
        "SENIORLINK_HOME",
        "where everything lies: landing, lake, warehouse, extracts, Dagster's state",
        default="`.seniorlink`",
    ),
    Setting(
        "SENIORLINK_JOBS",
        "Spark jobs side by side in one run",
        default="one per core, up to 4; 20 on EMR",
        form=_NUMBER,
        write="write a number of at least 1",
    ),
    Setting(
        "SENIORLINK_LAUNCHER",
        "`local`: a process per job; `inline`: in the step's process, for a debugger; `cluster`: a "
        "Spark master; with `aws` also `emr-serverless`, `emr-ec2`, `emr-eks`",
        default="`local`; `emr-serverless` with `aws`",
    ),
    Setting(
        "SENIORLINK_ISOLATION",
        "`warm`: a job gets a prepared process and JVM; `fresh`: it starts both",
        default="`warm`",
        form="warm|fresh",
        write="use warm or fresh",
    ),
    Setting("SENIORLINK_JOB_MEMORY", "Java heap of a job, or of an executor", default="`1g`"),
    Setting(
        "SENIORLINK_JOB_CORES",
        "task threads of a job, or of an executor",
        default="2",
        form=_NUMBER,
        write="write a number of at least 1",
    ),
    Setting("JAVA_HOME", "a Java to use instead of the bundled one, 17 or newer"),
    Setting("HADOOP_CONF_DIR", "what a `cluster` on YARN is described in"),
    Setting(
        "AWS_REGION",
        "the region of all that follows; `AWS_DEFAULT_REGION` will do",
        example="us-east-1",
        needed_by=AWS,
        form="[a-z]{2}(-[a-z]+)+-[0-9]",
        write="write the name of a region",
    ),
    Setting(
        "SENIORLINK_LAKE",
        "where snapshots, pointers, papers of jobs and their code lie",
        example="s3://company-lake/seniorlink",
        needed_by=AWS,
        form=_IN_S3,
        write="write an S3 URL with a bucket",
    ),
    Setting(
        "SENIORLINK_LANDING",
        "what holds the folder `landing`; by default the lake does",
        example="s3://company-landing",
        form=_IN_S3,
        write="write an S3 URL with a bucket",
    ),
    Setting(
        "SENIORLINK_LOGS",
        "where EMR writes the logs of jobs; by default in `logs` of the lake",
        example="s3://company-lake/logs",
        form=_IN_S3,
        write="write an S3 URL with a bucket",
    ),
    Setting(
        "SENIORLINK_KMS_KEY",
        "the key that everything is encrypted with in S3; by default the bucket's own",
        example="arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        form=f"{_ARN}:kms:[a-z0-9-]+:[0-9]{{12}}:key/[A-Za-z0-9-]+",
        write="write the ARN of a key, not of an alias",
    ),
    Setting(
        "SENIORLINK_EMR_ROLE",
        "what a job runs as, narrowed to what it reads and writes",
        example="arn:aws:iam::111122223333:role/seniorlink-job",
        needed_by="emr-serverless, emr-eks",
        form=_ROLE,
        write="write the ARN of a role",
    ),
    Setting(
        "SENIORLINK_EMR_APPLICATION",
        "the id of the EMR Serverless application",
        example="00f1abcdefgh2345",
        needed_by="emr-serverless",
        form="[0-9a-z]{1,64}",
        write="write the id of an application, not its name or ARN",
    ),
    Setting(
        "SENIORLINK_EMR_CLUSTER",
        "the id of a cluster that is kept alive",
        example="j-1ABCDEFGHIJKL",
        needed_by="emr-ec2",
        form="j-[0-9A-Z]{1,30}",
        write="write the id of a cluster",
    ),
    Setting(
        "SENIORLINK_EMR_CLUSTER_TEMPLATE",
        "instead of a cluster: a JSON file of RunJobFlow, for a cluster per run",
        example="deploy/cluster.json",
    ),
    Setting(
        "SENIORLINK_EMR_VIRTUAL_CLUSTER",
        "the id of the virtual cluster on EKS",
        example="0b0qvauoy3ch1nqodxxxxxxxx",
        needed_by="emr-eks",
        form="[0-9a-z]{1,64}",
        write="write the id of a virtual cluster",
    ),
    Setting(
        "SENIORLINK_EMR_RELEASE",
        "the release of EMR that jobs on EKS run on",
        example="emr-7.12.0-latest",
        needed_by="emr-eks",
        form="emr-[A-Za-z0-9._/-]{1,60}",
        write="write the label of a release",
    ),
    Setting(
        "SENIORLINK_SPARK_MASTER",
        "where a Spark cluster takes jobs",
        example="spark://spark.internal:7077",
        needed_by="cluster",
        form=r"(spark|k8s)://\S+|yarn",
        write="write spark://host:port, k8s://https://host:port or yarn",
    ),
    Setting(
        "SENIORLINK_SPARK_MASTER_PAGE",
        "the page of a standalone master, if that is not port 8080 of its host",
        example="http://spark.internal:8081",
        form=r"https?://\S+",
        write="write the address of a page",
    ),
    Setting(
        "SENIORLINK_LAMBDA_FUNCTION",
        "the Lambda function that satellites run in",
        example="seniorlink-satellite",
        needed_by="satellites on Lambda",
        form=r"[A-Za-z0-9_:.-]{1,140}",
        write="write the name or the ARN of a function",
    ),
    Setting(
        "SENIORLINK_ECS_CLUSTER",
        "the ECS cluster that satellites run in",
        example="seniorlink",
        needed_by="satellites on ECS",
        form="[A-Za-z0-9_-]{1,255}",
        write="write the name of a cluster",
    ),
    Setting(
        "SENIORLINK_ECS_TASK",
        "the task definition of satellites: an image with Python, boto3 and DuckDB",
        example="seniorlink-satellite",
        needed_by="satellites on ECS",
        form="[A-Za-z0-9_-]{1,255}(:[0-9]+)?",
        write="write the name of a task definition",
    ),
    Setting(
        "SENIORLINK_ECS_SUBNETS",
        "the subnets of a task on Fargate",
        example="subnet-0a1b2c3d,subnet-4e5f6a7b",
        form="subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*",
        write="write the ids of subnets with commas between them",
    ),
    Setting(
        "SENIORLINK_ECS_SECURITY_GROUPS",
        "the security groups of a task on Fargate",
        example="sg-0a1b2c3d",
        form="sg-[0-9a-f]+(,sg-[0-9a-f]+)*",
        write="write the ids of security groups with commas between them",
    ),
    Setting(
        "SENIORLINK_EC2_INSTANCE",
        "the instance that satellites run on through Systems Manager",
        example="i-0a1b2c3d4e5f6a7b8",
        needed_by="satellites on EC2",
        form="m?i-[0-9a-f]+",
        write="write the id of an instance",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_CLUSTER",
        "the Redshift cluster that tables are in; without it and without a workgroup they are in "
        "DuckDB",
        example="company-dwh",
        form="[a-z][a-z0-9-]{0,62}",
        write="write the identifier of a cluster, not its ARN or address",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_WORKGROUP",
        "instead of a cluster: the workgroup of Redshift Serverless",
        example="company-dwh",
        form="[a-z0-9][a-z0-9-]{2,63}",
        write="write the name of a workgroup, not its ARN or address",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_DATABASE",
        "the database that tables are in",
        example="company",
        needed_by="Redshift",
        form="[a-z0-9_][a-z0-9_$@.-]{0,126}",
        write="write the name of a database, in small letters",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_COPY_ROLE",
        "what Redshift reads the lake as; `default` is its default role",
        example="arn:aws:iam::111122223333:role/seniorlink-copy",
        needed_by="Redshift",
        form=f"default|{_ROLE}",
        write="write the ARN of a role, or default",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_TRANSPORT",
        "`driver`: a connection of its own; `data-api`: requests to AWS, for where the cluster "
        "cannot be reached; by default `driver`",
        example="data-api",
        form="driver|data-api",
        write="use driver or data-api",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_USER",
        "the user of the database; by default the one that belongs to who asks AWS",
        example="seniorlink",
        form="[a-z_][a-z0-9_$@.+-]{0,126}",
        write="write the name of a user, in small letters",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_SECRET",
        "the secret with user and password, for where IAM cannot give them",
        example="company/redshift/seniorlink",
        form=rf"[A-Za-z0-9/_+=.@-]{{1,512}}|{_ARN}:secretsmanager:[a-z0-9-]+:[0-9]{{12}}:secret:\S+",
        write="write the name or the ARN of a secret of Secrets Manager",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_ENDPOINT",
        "where to connect, if that is not the endpoint that AWS names",
        example="dwh.company.example:5439",
        form="[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}",
        write="write host:port",
    ),
    Setting(
        "SENIORLINK_REDSHIFT_VACUUM",
        "`true`: what a load has replaced in a table is cleared away at once, not when Redshift is "
        "idle",
        example="true",
        form="true|false",
        write="use true or false",
    ),
    Setting(
        "SENIORLINK_SPARK",
        "the version of Spark that jobs run on; by default the one that is installed here",
        example="3.5.6",
        form=r"[0-9]+\.[0-9]+\.[0-9]+",
        write="write a version",
    ),
    Setting(
        "SENIORLINK_EMR_RATES",
        "dollars by hour of a vCPU, a GB of memory, a GB of storage, instead of the price list's",
        example="0.05,0.005,0.0001",
        form=f"{_RATE},{_RATE},{_RATE}",
        write="write three numbers with commas between them",
    ),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings as some variables give them; a value that is not well-formed is refused."""

    variables: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        """The value of a setting; EnvironmentSettingError if it is none that it can have."""
        setting, value = _BY_NAME[name], self.variables.get(name)
        if value is None:
            return default
        if not re.fullmatch(setting.form, value):
            example = f", as {setting.example}" if setting.example else ""
            raise EnvironmentSettingError(f"{name} is {value!r}; {setting.write}{example}")
        return value

    def need(self, name: str, by: str) -> str:
        """The value of a setting that a choice cannot do without."""
        if not self.variables.get(name):
            raise EnvironmentSettingError(missing(name, by))
        return self.get(name)

    def number(self, name: str, default: int) -> int:
        return int(self.get(name, str(default)))


def missing(name: str, by: str) -> str:
    """The sentence about a setting that is not there."""
    setting = _BY_NAME[name]
    return (
        f"{name} is not set, which {by} needs: {setting.meaning.replace('`', '')}; set it in the "
        f"environment of Dagster and of this command: export {name}={setting.example}"
    )


def tables() -> Mapping[str, str]:
    """The settings as the README shows them: of this machine, and of AWS."""
    here = [setting for setting in SETTINGS if not setting.example]
    aws = [setting for setting in SETTINGS if setting.example]
    return {
        "here": _table(
            ("variable", "meaning", "default"),
            [(f"`{each.name}`", each.meaning, each.default) for each in here],
        ),
        "aws": _table(
            ("variable", "meaning", "needed by", "example"),
            [
                (f"`{each.name}`", each.meaning, _code(each.needed_by), f"`{each.example}`")
                for each in aws
            ],
        ),
    }


def _code(words: str) -> str:
    return ", ".join(f"`{word}`" for word in words.split(", ")) if words else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    first, *others = [f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in (head, *rows)]
    return "".join([first, f"|{'---|' * len(head)}\n", *others])
