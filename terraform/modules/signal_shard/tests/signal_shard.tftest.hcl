mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  image_id                        = "ami-1"
  vpc_id                          = "vpc-1"
  cidr                            = "10.64.0.0/16"
  subnet_ids                      = ["subnet-1", "subnet-2"]
  kms_key_arn                     = "arn:aws:kms:eu-central-1:111111111102:key/1"
  shards                          = ["a", "b", "c"]
  shard                           = "b"
  domain                          = "darasa-production-eu.internal"
  inner_zone_id                   = "Z1"
  load_balancer_security_group_id = "sg-1"
  target_group_arn                = "arn:aws:elasticloadbalancing:eu-central-1:111111111102:targetgroup/meet/1"
}

run "over_both_subnets" {
  command = plan
  assert {
    condition     = [for shard in ["a", "b", "c"] : aws_instance.this[shard].subnet_id] == ["subnet-1", "subnet-2", "subnet-1"]
    error_message = "All in one place."
  }
  assert {
    condition     = output.hosts["b"] == "b.darasa-production-eu.internal"
    error_message = "A shard has a name inside."
  }
}

run "one_takes_rooms" {
  command = apply
  assert {
    condition     = aws_lb_target_group_attachment.this.target_id == output.instance_ids["b"]
    error_message = "A class would be in two rooms."
  }
}
