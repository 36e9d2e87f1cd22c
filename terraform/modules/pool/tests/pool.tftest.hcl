mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  image_id            = "ami-1"
  vpc_id              = "vpc-1"
  kms_key_arn         = "arn:aws:kms:eu-central-1:111111111102:key/1"
  role                = "jibri"
  instance_type       = "c7i.xlarge"
  ingress             = {}
  egress              = {}
  secrets             = []
  subnet_ids          = ["subnet-1", "subnet-2"]
  bounds              = { min = 1, max = 60 }
  drain               = { seconds = 7200 }
  scaled_by_timetable = true
}

run "bounds_and_a_hook" {
  command = plan
  assert {
    condition     = aws_autoscaling_group.this.min_size == 1 && aws_autoscaling_group.this.max_size == 60 && aws_autoscaling_group.this.protect_from_scale_in
    error_message = "The bounds are not those that were given, or a recording could be cut."
  }
  assert {
    condition     = aws_autoscaling_group.this.suspended_processes == toset(["AZRebalance"])
    error_message = "Balancing would end machines with lessons on them."
  }
  assert {
    condition     = aws_autoscaling_lifecycle_hook.drain.heartbeat_timeout == 7200
    error_message = "Too short."
  }
  assert {
    condition     = [for tag in aws_autoscaling_group.this.tag : tag.value if tag.key == "darasa:scaled-by"] == ["timetable"]
    error_message = "Darasa may only touch what says so."
  }
}

run "more_at_least_than_at_most" {
  command = plan
  variables {
    bounds = { min = 2, max = 1 }
  }
  expect_failures = [var.bounds]
}

run "no_time_to_drain" {
  command = plan
  variables {
    drain = { seconds = 5 }
  }
  expect_failures = [var.drain]
}
