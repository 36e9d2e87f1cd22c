mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
}

run "one_region_and_no_stranger" {
  command = plan
  assert {
    condition     = aws_kms_key.this.multi_region == false && aws_kms_key.this.enable_key_rotation
    error_message = "The key could be copied, or is never turned."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      can(statement.Principal.Service) || can(regex("::111111111102:", statement.Principal.AWS))
    ])
    error_message = "Somebody of another account may use the key."
  }
}
