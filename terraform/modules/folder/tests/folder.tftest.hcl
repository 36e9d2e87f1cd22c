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

run "sealed_and_inside" {
  command = plan
  assert {
    condition     = aws_efs_file_system.this.encrypted && aws_efs_file_system.this.kms_key_id == "arn:aws:kms:eu-central-1:111111111102:key/1"
    error_message = "Not sealed."
  }
  assert {
    condition     = length(aws_efs_mount_target.this) == 2 && aws_vpc_security_group_ingress_rule.nfs.cidr_ipv4 == "10.64.0.0/16"
    error_message = "Not in both subnets, or for others too."
  }
  assert {
    condition     = aws_efs_access_point.this.posix_user[0].uid == 1000
    error_message = "Jibri and our workers are user 1000."
  }
}
