mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  vpc_id      = "vpc-1"
  cidr        = "10.64.0.0/16"
  subnet_ids  = ["subnet-1", "subnet-2"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111111111102:key/1"
}

run "kept_well" {
  command = plan
  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "The password would stand in the state."
  }
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.deletion_protection && !aws_db_instance.this.publicly_accessible && aws_db_instance.this.multi_az
    error_message = "Not sealed, not protected, open, or alone."
  }
  assert {
    condition     = contains([for parameter in aws_db_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1")
    error_message = "Somebody could come without TLS."
  }
}

run "backups_of_a_day" {
  command = plan
  variables {
    backup_days = 1
  }
  expect_failures = [var.backup_days]
}
