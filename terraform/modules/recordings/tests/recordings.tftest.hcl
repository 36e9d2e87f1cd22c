mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  buckets = {
    recordings = "darasa-production-eu-recordings"
    raw        = "darasa-production-eu-raw"
    logs       = "darasa-production-eu-logs"
  }
  kms_key_arn     = "arn:aws:kms:eu-central-1:111111111102:key/1"
  s3_endpoint_id  = "vpce-1"
  retention_days  = 365
  noncurrent_days = 30
  site            = "https://classroom.eu.school.example"
}

run "closed_sealed_and_finite" {
  command = plan
  assert {
    condition     = length(aws_s3_bucket_public_access_block.this) == 3 && length(aws_s3_bucket_versioning.this) == 3
    error_message = "A bucket was forgotten."
  }
  assert {
    condition = alltrue([
      for kind in ["recordings", "raw"] :
      one(aws_s3_bucket_server_side_encryption_configuration.this[kind].rule).apply_server_side_encryption_by_default[0].kms_master_key_id == "arn:aws:kms:eu-central-1:111111111102:key/1"
    ])
    error_message = "A bucket is not sealed with the cell's key."
  }
  assert {
    condition = alltrue([
      for rules in aws_s3_bucket_lifecycle_configuration.this : rules.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30
    ])
    error_message = "What was deleted stays."
  }
}

run "what_the_policies_refuse" {
  command = plan
  assert {
    condition = alltrue([
      for policy in aws_s3_bucket_policy.this : toset([for statement in slice(jsondecode(policy.policy).Statement, 0, 3) : statement.Sid if statement.Effect == "Deny"]) == toset(["OnlyByTls", "NoReplication", "OwnAccountOnly"])
    ])
    error_message = "Every bucket refuses plain HTTP, strangers and replication."
  }
  assert {
    condition     = [for statement in jsondecode(aws_s3_bucket_policy.this["recordings"].policy).Statement : statement.Condition.StringNotEquals["aws:SourceVpce"] if statement.Sid == "WrittenFromInside"] == ["vpce-1"]
    error_message = "Recordings are written from inside only."
  }
  assert {
    condition     = [for statement in jsondecode(aws_s3_bucket_policy.this["raw"].policy).Statement : statement.Condition.StringNotEqualsIfExists["s3:x-amz-server-side-encryption-aws-kms-key-id"] if statement.Sid == "OnlyTheCellsKey"] == ["arn:aws:kms:eu-central-1:111111111102:key/1"]
    error_message = "Another key would do."
  }
  assert {
    condition = alltrue(flatten([
      for policy in aws_s3_bucket_policy.this : [for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny" || can(statement.Condition.StringEquals["aws:SourceAccount"])]
    ]))
    error_message = "A permission without a limit."
  }
}

run "a_bucket_of_another_cell" {
  command = plan
  variables {
    buckets = {
      recordings = "darasa-production-af-recordings"
      raw        = "darasa-production-eu-raw"
      logs       = "darasa-production-eu-logs"
    }
  }
  expect_failures = [var.buckets]
}

run "deleted_for_show_only" {
  command = plan
  variables {
    noncurrent_days = 3650
  }
  expect_failures = [var.noncurrent_days]
}
