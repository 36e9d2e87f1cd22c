mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  names       = ["jitsi", "turn"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111111111102:key/1"
}

run "names_without_values" {
  command = plan
  assert {
    condition     = output.names == tolist(["darasa-production-eu/jitsi", "darasa-production-eu/turn"])
    error_message = "Their names begin with the cell's."
  }
  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.kms_key_id == "arn:aws:kms:eu-central-1:111111111102:key/1" && length(secret.replica) == 0])
    error_message = "A secret is not sealed with the cell's key, or is copied."
  }
}
