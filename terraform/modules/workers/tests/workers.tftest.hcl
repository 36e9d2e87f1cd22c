mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  image_id    = "ami-1"
  vpc_id      = "vpc-1"
  cidr        = "10.64.0.0/16"
  subnet_ids  = ["subnet-1", "subnet-2"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111111111102:key/1"
  buckets = {
    recordings = "darasa-production-eu-recordings"
    raw        = "darasa-production-eu-raw"
    logs       = "darasa-production-eu-logs"
  }
  drain_queue_arn     = "arn:aws:sqs:eu-central-1:111111111102:darasa-production-eu-drain"
  drain_role_arn      = "arn:aws:iam::111111111102:role/darasa-production-eu-drain-hooks"
  bounds              = { min = 1, max = 12 }
  queue               = "recordings.eu"
  database_secret_arn = "arn:aws:secretsmanager:eu-central-1:111111111102:secret:rds-1"
  file_system_id      = "fs-1"
}

run "its_own_queue_and_nobody_in" {
  command = plan
  assert {
    condition     = alltrue([for statement in local.statements : statement.Resource != "*" || can(statement.Condition)])
    error_message = "A permission for everything."
  }
  assert {
    condition     = !anytrue([for action in flatten([for statement in local.statements : statement.Action]) : startswith(action, "autoscaling:")])
    error_message = "Workers do not scale."
  }
}
