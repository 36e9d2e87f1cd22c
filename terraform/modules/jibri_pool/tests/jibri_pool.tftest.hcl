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
  bounds                    = { min = 1, max = 60 }
  client_security_group_ids = { app = "sg-1", workers = "sg-2" }
  shard_hosts               = ["a.darasa-production-eu.internal"]
  file_system_id            = "fs-1"
  access_point_id           = "fsap-1"
}

run "as_many_as_given" {
  command = plan
  assert {
    condition     = output.bounds.max == 60
    error_message = "Other bounds."
  }
  assert {
    condition     = !anytrue([for action in flatten([for statement in local.statements : statement.Action]) : startswith(action, "s3:")])
    error_message = "A recorder runs a browser: it gets no key to the store."
  }
}
