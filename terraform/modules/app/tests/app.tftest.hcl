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
  bounds                          = { min = 2, max = 8 }
  load_balancer_security_group_id = "sg-1"
  target_group_arns               = ["arn:aws:elasticloadbalancing:eu-central-1:111111111102:targetgroup/app/1"]
  drain_queue_arn                 = "arn:aws:sqs:eu-central-1:111111111102:darasa-production-eu-drain"
  database_secret_arn             = "arn:aws:secretsmanager:eu-central-1:111111111102:secret:rds-1"
}

run "what_it_may_and_no_more" {
  command = plan
  assert {
    condition = alltrue([
      for statement in local.statements : statement.Resource != "*" || can(statement.Condition)
    ])
    error_message = "A permission for everything."
  }
  assert {
    condition     = alltrue(flatten([for statement in local.statements : [for action in flatten([statement.Action]) : !endswith(action, "*")]]))
    error_message = "Every permission is named."
  }
  assert {
    condition     = alltrue([for statement in local.statements : statement.Condition.StringEquals["aws:ResourceTag/darasa:scaled-by"] == "timetable" if statement.Sid == "NumberOfRecordersAndBridges"])
    error_message = "It may change pools that the timetable does not scale."
  }
  assert {
    condition     = alltrue(flatten([for statement in local.statements : [for arn in flatten([statement.Resource]) : arn == "*" || startswith(arn, "arn:aws:s3:::darasa-production-eu-") || strcontains(arn, ":eu-central-1:111111111102:")]]))
    error_message = "It may something in another cell."
  }
  assert {
    condition     = !contains(flatten([for statement in local.statements : statement.Action]), "autoscaling:UpdateAutoScalingGroup")
    error_message = "It may move the bounds that Terraform owns."
  }
}
