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
  host        = "turn.eu.school.example"
  zone_id     = "Z1"
}

run "addresses_that_stay" {
  command = plan
  assert {
    condition     = length(aws_eip.this) == 2 && length(aws_eip_association.this) == 2
    error_message = "Schools write these addresses into their firewalls."
  }
}
