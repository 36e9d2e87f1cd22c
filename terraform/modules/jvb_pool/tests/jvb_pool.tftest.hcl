mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  image_id                  = "ami-1"
  vpc_id                    = "vpc-1"
  cidr                      = "10.64.0.0/16"
  subnet_ids                = ["subnet-1", "subnet-2"]
  kms_key_arn               = "arn:aws:kms:eu-central-1:111111111102:key/1"
  drain_queue_arn           = "arn:aws:sqs:eu-central-1:111111111102:darasa-production-eu-drain"
  drain_role_arn            = "arn:aws:iam::111111111102:role/darasa-production-eu-drain-hooks"
  bounds                    = { min = 1, max = 20 }
  colour                    = "blue"
  client_security_group_ids = { app = "sg-1", workers = "sg-2" }
  shard_hosts               = ["a.darasa-production-eu.internal"]
}

run "adds_but_never_takes" {
  command = plan
  assert {
    condition     = one(aws_autoscaling_policy.busy.target_tracking_configuration).disable_scale_in
    error_message = "A bridge with a lesson on it could go."
  }
  assert {
    condition     = alltrue([for statement in local.statements : can(statement.Condition)])
    error_message = "A permission without a limit."
  }
}

run "no_colour" {
  command = plan
  variables {
    colour = "Blue 2"
  }
  expect_failures = [var.colour]
}
