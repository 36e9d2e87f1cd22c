mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  kms_key_arn   = "arn:aws:kms:eu-central-1:111111111102:key/1"
  pools         = { jibri = "darasa-production-eu-jibri", app = "darasa-production-eu-app" }
  drain_queues  = { queue = "darasa-production-eu-drain", dead = "darasa-production-eu-drain-dead" }
  database      = "darasa-production-eu"
  load_balancer = "app/darasa-production-eu/1"
  caches        = { broker = "darasa-production-eu-broker" }
}

run "silence_is_alarming" {
  command = plan
  assert {
    condition     = alltrue([for name in ["no-idle-recorder", "loop-silent", "none-jibri", "database-full"] : aws_cloudwatch_metric_alarm.this[name].treat_missing_data == "breaching"])
    error_message = "Silence would pass for health."
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 13 && alltrue([for alarm in aws_cloudwatch_metric_alarm.this : strcontains(alarm.alarm_description, "docs/operations")])
    error_message = "An alarm without a runbook."
  }
}
