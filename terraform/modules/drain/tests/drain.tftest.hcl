mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  kms_key_arn = "arn:aws:kms:eu-central-1:111111111102:key/1"
}

run "sealed_with_dead_letters" {
  command = plan
  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == "arn:aws:kms:eu-central-1:111111111102:key/1" && aws_sqs_queue.dead.message_retention_seconds == 1209600
    error_message = "Not sealed, or letters die unread."
  }
  assert {
    condition     = jsondecode(aws_iam_role.hooks.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111111111102"
    error_message = "Another account's hooks could speak here."
  }
}
